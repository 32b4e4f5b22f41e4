# ruff: noqa: SIM905 - tables of words read better as one string
"""Abbreviations with a full stop: how they are read, and whether a sentence can end with one."""

from __future__ import annotations

__all__ = ["ABBREVIATIONS", "ENDING_ABBREVIATIONS", "NEVER_ENDING_ABBREVIATIONS", "TITLES"]

TITLES = {
    "mr": "mister", "mrs": "missus", "ms": "miz", "mx": "mix", "dr": "doctor", "prof": "professor", "rev": "reverend",
    "fr": "father", "hon": "honorable", "sen": "senator", "rep": "representative", "gov": "governor",
    "pres": "president",
    "gen": "general", "lt": "lieutenant", "col": "colonel", "capt": "captain", "cpt": "captain", "sgt": "sergeant",
    "maj": "major", "cmdr": "commander", "adm": "admiral", "cpl": "corporal", "pvt": "private", "messrs": "messers",
    "mme": "madame", "mlle": "mademoiselle", "supt": "superintendent", "insp": "inspector", "det": "detective",
}  # fmt: skip
"""Read so before a name."""

ABBREVIATIONS = {
    "e.g": "for example", "i.e": "that is", "etc": "et cetera", "vs": "versus", "viz": "namely", "cf": "compare",
    "al": "al", "approx": "approximately", "dept": "department", "est": "established", "govt": "government",
    "assn": "association", "assoc": "associates", "bros": "brothers", "co": "company", "corp": "corporation",
    "inc": "incorporated", "ltd": "limited", "jr": "junior", "sr": "senior", "esq": "esquire", "vol": "volume",
    "vols": "volumes", "ch": "chapter", "pp": "pages", "pg": "page", "fig": "figure", "figs": "figures",
    "eq": "equation",
    "ed": "edition", "eds": "editors", "min": "minute", "max": "maximum", "tel": "telephone", "ext": "extension",
    "appt": "appointment", "apt": "apartment", "ave": "avenue", "blvd": "boulevard", "rd": "road", "hwy": "highway",
    "mt": "mount", "ft": "fort", "jan": "january", "feb": "february", "mar": "march", "apr": "april", "jun": "june",
    "jul": "july", "aug": "august", "sep": "september", "sept": "september", "oct": "october", "nov": "november",
    "dec": "december", "mon": "monday", "tue": "tuesday", "tues": "tuesday", "wed": "wednesday", "thu": "thursday",
    "thur": "thursday", "thurs": "thursday", "fri": "friday", "sat": "saturday", "sun": "sunday", "univ": "university",
    "misc": "miscellaneous", "temp": "temperature", "ca": "circa", "ibid": "ibidem", "no": "number", "nos": "numbers",
    "p.s": "P S", "a.k.a": "A K A", "r.s.v.p": "R S V P", "ph.d": "P H D", "b.sc": "B S C", "m.sc": "M S C",
    "d.c": "D C", "sq": "square", "st": "saint", "ste": "sainte",
}  # fmt: skip
"""Read so wherever they stand with a full stop; `no`, `st`, `ft`, `mar`, `sat` and the like have rules of their own."""

NEVER_ENDING_ABBREVIATIONS = frozenset(
    [
        *TITLES,
        "e.g",
        "i.e",
        "vs",
        "viz",
        "cf",
        "approx",
        "fig",
        "figs",
        "eq",
        "vol",
        "vols",
        "pp",
        "pg",
        "tel",
        "ext",
        "mt",
        "ca",
    ]
) - {"gen", "col", "det", "fr", "rep", "rev"} | {"gen", "col", "st", "rev"}
"""After one of these a full stop ends no sentence."""

ENDING_ABBREVIATIONS = frozenset(
    """
        etc al co corp inc ltd jr sr esq bros dept govt assn assoc ave blvd rd hwy apt a.m p.m am pm jan feb apr jun
        jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri univ est ph.d b.sc m.sc d.c p.s a.k.a u.s u.k
        u.n e.u
        """.split()
)
"""After one of these a full stop ends a sentence where a common first word follows."""
