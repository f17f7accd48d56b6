"""How much of a form is read: files up to what Google takes, and nothing at all of what is absurd.

Django parses a form before any view can look at it, so the bounds stand here: a file beyond the largest is
skipped while the rest of the form still arrives, with its text; a body beyond all reason is not read.
"""

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

LARGEST_FILE = 104_857_600  # an MP4 of 100 MB (flow-api.md 7.1)
LARGEST_FORM = 4 * LARGEST_FILE


class Bounded(FileUploadHandler):
    """Stands before Django's own handlers. `request.too_large` holds the names of files that were skipped."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None):
        self.request.too_large = []
        if content_length > LARGEST_FORM:
            self.request.too_large = [""]
            return QueryDict(""), MultiValueDict()
        return None

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.seen = 0

    def receive_data_chunk(self, raw_data, start):
        self.seen += len(raw_data)
        if self.seen > LARGEST_FILE:
            self.request.too_large.append(self.file_name or "")
            raise SkipFile
        return raw_data

    def file_complete(self, file_size):
        return None
