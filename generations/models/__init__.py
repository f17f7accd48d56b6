"""What is stored, and how each thing may change.

Nouns only: a model knows its own rows and the moves they allow (states.py); steps that touch the
vendor, files or several nouns live in flow/ and library/. Every page starts from `visible_to(person)`.
"""

from .account import Account, Connection, Rest
from .batch import Batch
from .budget import Budget
from .capability import Capability
from .character import Character, Voice
from .clip import Clip
from .engine import EngineLease, Heartbeat, Site
from .errand import Errand
from .event import Event
from .generation import Attempt, Generation
from .ledger import CreditEntry, Drift
from .person import Draft, Person
from .picture import InputUse, Picture, Upload
from .scene import Scene, SceneClip
from .searchtext import SearchText
from .signin import SignInTries
from .states import ClipState, Outcome, State
from .team import Membership, Team

__all__ = [
    "Account",
    "Attempt",
    "Batch",
    "Budget",
    "Capability",
    "Character",
    "Clip",
    "ClipState",
    "Connection",
    "CreditEntry",
    "Draft",
    "Drift",
    "EngineLease",
    "Errand",
    "Event",
    "Generation",
    "Heartbeat",
    "InputUse",
    "Membership",
    "Outcome",
    "Person",
    "Picture",
    "Rest",
    "Scene",
    "SceneClip",
    "SearchText",
    "SignInTries",
    "Site",
    "State",
    "Team",
    "Upload",
    "Voice",
]
