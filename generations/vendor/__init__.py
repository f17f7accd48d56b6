"""The other side of the wire: the Google Flow API of useapi.net, spoken through httpx and nothing else.

This package knows HTTP and the vendor's shapes (`flow-api.md`). It knows no Django, no models and no other
package of ours; callers never see httpx. It promises three things:

* Each exception means one decision (`errors`).
* Nothing that may cost money is sent twice by it: paid POSTs are never repeated, redirected or pooled
  (`transport`).
* The token appears in no message, repr, log line or exception, and goes to no host but the API's own.
"""
