"""Addresses of pictures, ingredients, characters and voices; included by urls.py."""

from django.urls import path

from . import characters, ingredients, pictures, shelf, voices

urlpatterns = [
    path("_/pictures/", pictures.take, name="pictures"),
    path("_/pictures/<int:pk>/", pictures.one, name="picture"),
    path("_/pictures/<int:pk>/thumb/", pictures.thumb, name="picture-thumb"),
    path("_/pictures/<int:pk>/file/", pictures.file, name="picture-file"),
    path("_/pictures/<int:pk>/delete/", pictures.delete, name="picture-delete"),
    path("_/frames/made/<int:pk>/", pictures.framed, name="frame-made"),
    path("_/frames/<str:label>/", pictures.frame, name="frame"),
    path("_/ingredients/", ingredients.found, name="ingredients-found"),
    path("gallery/ingredients/", ingredients.page, name="ingredients"),
    path("gallery/characters/", characters.page, name="characters"),
    path("gallery/voices/", voices.page, name="voices"),
    path("_/cast/read/", shelf.read, name="cast-read"),
    path("_/characters/<int:pk>/thumb/", characters.thumb, name="character-thumb"),
    path("_/characters/<int:pk>/delete/", characters.delete, name="character-delete"),
    path("_/voices/<int:pk>/delete/", voices.delete, name="voice-delete"),
    path("_/voices/<str:key>/sample/", voices.sample, name="voice-sample"),
]
