"""Everyday objects with their names in English and Chinese, real sizes, usual materials and ways of moving."""

from scenes.catalogue.entry import Arrangement, ObjectEntry, Speed
from scenes.catalogue.loader import AMBIGUOUS, Catalogue, Language, catalogue
from scenes.catalogue.names import Reading

__all__ = ["AMBIGUOUS", "Arrangement", "Catalogue", "Language", "ObjectEntry", "Reading", "Speed", "catalogue"]
