from . import controllers
from . import models
from . import query_log
from . import wizard
from .hooks import uninstall_hook
