"""What is taken from ``access_policy``, the package that lies beside this one.

Inside the add-on both are parts of it; in the gateway's wheel both stand by themselves.
"""

try:
    from ..access_policy.document import DocumentError
    from ..access_policy.fields import integer, moment
    from ..access_policy.spans import union
except ImportError:
    from access_policy.document import DocumentError
    from access_policy.fields import integer, moment
    from access_policy.spans import union

__all__ = ["DocumentError", "integer", "moment", "union"]
