"""Which function answers what (flow-api.md section 1.1)."""

from __future__ import annotations

from . import accounts, assets, clips, images, jobs, videos, voices
from .call import Handler

# Where captcha, credits or Google's own word decide: ordered refusals wait there until the account is known.
SPENDING = frozenset({"/videos", "/videos/extend", "/videos/upscale", "/images", "/images/upscale"})
UPLOADS = frozenset({"/assets", "/assets/{email}"})  # bodies that are files

ENDPOINTS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/jobs/{jobid}", jobs.one),
    ("GET", "/jobs", jobs.statistics),
    ("POST", "/videos", videos.generate),
    ("POST", "/videos/extend", videos.extend),
    ("POST", "/videos/upscale", clips.upscale),
    ("POST", "/videos/gif", clips.gif),
    ("POST", "/videos/concatenate", clips.concatenate),
    ("POST", "/images", images.generate),
    ("POST", "/images/upscale", clips.upscale_image),
    ("GET", "/assets/projects/{email}", assets.projects),
    ("GET", "/assets/media/{email}", assets.listing),
    ("GET", "/assets/{mediaGenerationId}", assets.renew),
    ("POST", "/assets", assets.upload),
    ("POST", "/assets/{email}", assets.upload),
    ("DELETE", "/assets/{email}", assets.delete),
    ("GET", "/accounts", accounts.every),
    ("POST", "/accounts", accounts.add),
    ("GET", "/accounts/captcha-providers", accounts.solvers),
    ("POST", "/accounts/captcha-providers", accounts.set_solvers),
    ("GET", "/accounts/captcha-stats", accounts.solver_statistics),
    ("GET", "/accounts/{email}", accounts.one),
    ("DELETE", "/accounts/{email}", accounts.forget),
    ("GET", "/voices", voices.every),
    ("POST", "/voices", voices.make),
    ("GET", "/voices/{ref}", voices.one),
    ("DELETE", "/voices/{ref}", voices.forget),
    ("GET", "/characters", voices.characters),
    ("POST", "/characters", voices.make_character),
    ("GET", "/characters/{ref}", voices.character),
    ("DELETE", "/characters/{ref}", voices.forget_character),
    ("GET", "/v2/account", accounts.customer),
    ("POST", "/v2/account", accounts.set_customer),
    ("GET", "/v2/account/stats", accounts.customer_statistics),
)
