"""The extension module of `native/`; `avatron.native` alone calls, checks and types its functions."""

from typing import Any

def __getattr__(name: str) -> Any: ...
