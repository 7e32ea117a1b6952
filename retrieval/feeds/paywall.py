"""Whether what a page shows is only the beginning, kept short for who does not subscribe.  (pure)

A declaration alone decides nothing: sites that meter their readers declare every article as
not free and still show it whole. Nor does a plea: it stands in the menu of every such site.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from retrieval.folding import fold

SHORTEST_WHOLE = 700
"""Characters. Less than this is a stub where the page says it is not free."""
_STUB = 1_800
_LONGEST_STUB = 3_500
_READ = 30_000
"""Characters from each end of the page that are searched."""
_SUMMARY = 800
_SAME_LENGTH = 1.2

_MARK = re.compile(
    r"paywall|pay-wall|regwall|reg-wall|subscriber-only|subscribers-only|subscription-(?:wall|"
    r"required|gate)|premium-(?:wall|lock|gate|blocked)|article-gate|metered-(?:wall|content)|"
    r"piano-(?:offer|template|inline)|muro-(?:de-)?pago|barreira-(?:de-)?(?:assinante|"
    r"assinatura)|assinantes-bloque|bloqueio-assinante"
)
_PLEA = re.compile(
    r"(?:subscribe|sign in|log in|sign up|register|join)(?: now| today| free)? (?:to|and) "
    r"(?:continue|keep|finish|read|unlock|access)\b"
    r"|to (?:continue|keep) reading\b.{0,80}\b(?:subscri|register|sign|log in|account)"
    r"|(?:this|the full) (?:article|story|content)[^.]{0,40}\b(?:for|to) (?:our |paying |paid )?"
    r"subscribers|(?:for|exclusive to) subscribers only|subscriber[- ]only (?:content|article)"
    r"|(?:you've|you have) (?:read|reached|used) (?:all |your )[^.]{0,40}(?:free|limit)"
    r"|already a subscriber\?|unlock (?:this|the full) (?:article|story)"
    r"|(?:conteudo|materia|reportagem|texto|noticia|artigo) (?:e )?(?:exclusiv[oa]|restrit[oa])"
    r"[^.]{0,20} assinantes|(?:exclusiv[oa]|disponivel|apenas|so) para assinantes"
    r"|(?:assine|cadastre-se|faca (?:seu )?login|entre)[^.]{0,40} (?:para|e) (?:continuar|"
    r"continue|ler|ter acesso|acessar)|para (?:continuar lendo|ler (?:a materia|"
    r"o texto|a reportagem|o "
    r"conteudo|esta)[^.]{0,40})[^.]{0,40}(?:assin|cadastr|login)|ja e assinante\?"
    r"|voce (?:atingiu|chegou ao)[^.]{0,20} limite"
    r"|(?:contenido|articulo|nota|noticia)[^.]{0,15} (?:exclusiv[oa]|solo|reservad[oa])[^.]{0,10} "
    r"(?:para|a)[^.]{0,20} (?:suscriptores|socios|abonados|suscritos)|(?:solo|"
    r"exclusivo) para "
    r"(?:suscriptores|socios|abonados)|(?:suscribete|registrate|inicia sesion|"
    r"suscribase)[^.]{0,40} "
    r"para (?:seguir|continuar|leer|acceder)|para (?:seguir|continuar) leyendo[^.]{0,80}"
    r"(?:suscri|registr|inicia|hazte)|ya (?:eres|es) suscriptor|has (?:alcanzado|llegado)[^.]"
    r"{0,20} limite"
)
_CUT = re.compile(
    r"(?:\.\.\.|\[(?:\.\.\.|&hellip;)\]|\(\.\.\.\))\s*(?:(?:read|continue|keep|leia|"
    r"continue lendo|seguir|leer|ler|saiba|lea|ver)\b[^\n]{0,60})?\s*\Z"
    r"|(?:\n|[.!?»>]\s*)(?:read more|continue reading|keep reading|read the full (?:article|story)|"
    r"leia mais|continue lendo|leia a (?:materia|noticia) completa|seguir leyendo|leer mas|"
    r"sigue leyendo|continuar leyendo)[^\n]{0,60}\Z"
)


def is_behind_wall(
    text: str, *, free: bool | None, pleads: bool, marked: bool, cut: bool = False
) -> bool:
    """Whether `text`, as extracted, is a stub.

    `free`: what the page declares; `pleads`, `marked`: see `has_plea`, `has_mark`; `cut`: the
    text breaks off (`is_cut`).
    """
    length = len(text)
    if free is True:
        return pleads and length < SHORTEST_WHOLE
    if free is False:
        if length < SHORTEST_WHOLE:
            return True
        signs = pleads + marked + cut
        return bool(signs and length < _STUB) or (signs > 1 and length < _LONGEST_STUB)
    if pleads:
        return length < _STUB or (cut and length < _LONGEST_STUB)
    return marked and cut and length < _STUB


def has_mark(page: HtmlElement) -> bool:
    """Whether some element's class or id speaks of a wall."""
    names = page.xpath("//*[not(self::script)]/@class | //*[not(self::script)]/@id")
    return any(_MARK.search(str(name).lower()) for name in names)


def has_plea(text: str) -> bool:
    """Whether a text asks to subscribe or sign in so as to read on, in pt, en or es."""
    if len(text) > 2 * _READ:
        text = f"{text[:_READ]}\n{text[-_READ:]}"
    return _PLEA.search(" ".join(fold(text).replace("’", "'").split())) is not None


def is_cut(text: str) -> bool:
    """Whether a text breaks off: `…`, `[...]`, `Leia mais`."""
    return _CUT.search(fold(text[-300:]).strip()) is not None


def is_summary(text: str, *, cut: bool) -> bool:
    """Whether a feed's content is too little to be the article."""
    return cut or len(text) < _SUMMARY


def shows_no_more(text: str, summary: str) -> bool:
    """Whether a page tells no more than the summary its feed gives of it."""
    return bool(summary) and len(text) <= _SAME_LENGTH * len(summary)
