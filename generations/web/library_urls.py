"""Addresses of the library half: gallery, clip, connecting, settings; included by urls.py."""

from django.urls import path

from . import media
from .clip import clip
from .gallery import gallery
from .people import budget, connect, settings
from .scenes import scenes

urlpatterns = [
    path("gallery/", gallery.wall, name="gallery"),
    path("_/gallery/<label>/", gallery.unfold, name="gallery-unfold"),
    path("c/<label>/", clip.page, name="clip"),
    path("c/<label>/visibility/", clip.visibility, name="clip-visibility"),
    path("_/clip/<label>/family/", clip.family, name="clip-family"),
    path("c/<label>/file/", media.clip_file, name="clip-file"),
    path("c/<label>/poster/<int:width>/", media.clip_poster, name="clip-poster"),
    path("c/<label>/<step>/", clip.step, name="clip-step"),
    path("scenes/", scenes.every, name="scenes"),
    path("scenes/add/", scenes.add_to, name="scene-add"),
    path("scenes/<int:pk>/", scenes.page, name="scene"),
    path("scenes/<int:pk>/join/", scenes.joining, name="scene-join"),
    path("scenes/<int:pk>/copy/", scenes.copy, name="scene-copy"),
    path("scenes/<int:pk>/delete/", scenes.throw_away, name="scene-delete"),
    path("scenes/<int:pk>/places/<int:place>/", scenes.place, name="scene-place"),
    path("scenes/<int:pk>/<verb>/", scenes.change, name="scene-change"),
    path("_/scenes/<int:pk>/", scenes.watch, name="scene-watch"),
    path("connect/", connect.page, name="connect"),
    path("_/connect/token/", connect.token, name="connect-token"),
    path("_/connect/account/", connect.account, name="connect-account"),
    path("_/connect/read/", connect.read, name="connect-read"),
    path("_/connect/watch/", connect.watch, name="connect-watch"),
    path("_/connect/try/", connect.try_it, name="connect-try"),
    path("_/connect/made/<label>/", connect.made, name="connect-made"),
    path("settings/", settings.index, name="settings-first"),
    path("settings/budget/", budget.page, name="budget"),
    path("settings/accounts/<int:pk>/<action>/", settings.account_action, name="account-action"),
    path("settings/captcha/<int:pk>/read/", settings.read_captcha, name="captcha-read"),
    path("settings/<section>/", settings.section, name="settings"),
    path("_/theme/", settings.theme, name="theme"),
    path("_/density/", settings.density, name="density"),
]
