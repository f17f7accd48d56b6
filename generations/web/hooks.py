"""`/hooks/<secret>/`: where the vendor may call us about a job (architecture.md 3.3 step 2, flow-api.md 14).

No session, no sign-in, no form token: the secret in the path is all. Whoever has it may make us ask about
our own jobs, and nothing else; whoever has not gets the 404 of any address that does not exist. The secret is
kept out of our logs by flowsite/logs.py, and out of nginx's by deploy/nginx.conf.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from ..flow import callback
from ..models import Site

LARGEST = 64 * 1024


@csrf_exempt
@login_not_required
def hook(request, secret: str) -> HttpResponse:
    """204 at once for whatever it says. A larger body than a job record has is refused unread."""
    if not Site.current().knows_hook(secret):
        raise Http404
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > LARGEST:
        return HttpResponse(status=413)
    try:
        callback.heard(request.read(LARGEST))
    except OSError:
        pass  # hung up in the middle of it: a hint less
    return HttpResponse(status=204)
