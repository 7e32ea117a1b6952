"""What lines that are not part of an article look like, in pt, en and es.  (pure)

Written for folded lines: lower case, without accents, marks at the edges stripped. Each
pattern must match the whole line. All are linear, or bounded by the length of a line.
"""

from __future__ import annotations

import re

from retrieval.feeds.boilerplate_pleas import COOKIES, NEWSLETTERS, RIGHTS, SIGN_UP

LONGEST_LINE = 170
LONGEST_LONG_LINE = 300

_END = r"[\s.!?:…»>→)]*"
_NETWORK = (
    r"(?:whatsapp|telegram|google (?:news|noticias|noticias|discover)|facebook|instagram|twitter|"
    r"tiktok|youtube|linkedin|threads|bluesky|x\b|flipboard|redes sociais|redes sociales|"
    r"social media)"
)

_RELATED = [
    r"(?:leia|veja|saiba|confira|lea|lee|leer|ver|vea|conozca) (?:tambem|mais|mas|tambien|ainda)",
    r"(?:leia|veja|mais) (?:mais )?(?:sobre (?:o|este) (?:assunto|tema)|noticias)",
    r"(?:noticias|materias|conteudos?|artigos|reportagens|notas|articulos|temas|contenidos?)"
    r" (?:relacionad[oa]s?|recomendad[oa]s?)",
    r"(?:as )?(?:mais lidas|mais vistas|ultimas noticias|lo mas (?:leido|visto))"
    r"(?: d[oae] \w{1,20})?",
    r"(?:tambien )?(?:te|le) (?:puede|podria) interesar|quizas? te interese|"
    r"(?:voce )?(?:pode|tambem pode) (?:gostar|se interessar)",
    r"related(?: (?:articles?|stor(?:y|ies)|content|topics?|links?|coverage|news|posts?))?",
    r"more (?:on this (?:story|topic)|coverage|stories|news|to know now)",
    r"more (?:stories|coverage|news|top stories) from [\w .&]{2,40}",
    r"(?:read|see) (?:more|also|next)|also read|up next|most (?:read|popular|viewed)|"
    r"trending(?: now| stories)?",
    r"recommended(?: for you| stories| reading)?|you (?:may|might) also (?:like|be interested in)",
    r"recomendad[oa]s(?: para (?:voce|ti|usted))?|editors'? picks",
]

_LABELLED = [
    # a label and the title of another article: `LEIA TAMBÉM: ...`
    r"(?:leia|veja|saiba|confira|ouca|assista|lea|lee|leer|ver|vea) (?:tambem|mais|mas|tambien|"
    r"ainda)(?: \w+){0,4} ?[:|–—-] ?\S.{2,160}",
    r"(?:read|see|related|recommended|also read|read also|read more|see also|more|learn more|"
    r"find out more|what to know next|in case you missed it|icymi)"
    r"(?: (?:more|also|next|here|from us|coverage|articles?|stor(?:y|ies)))? ?: ?\S.{2,160}",
    r"(?:te puede interesar|le puede interesar|tambien te puede interesar|en fotos|nota "
    r"relacionada|"
    r"noticia relacionada|relacionad[oa]s?|te recomendamos|mira tambien|mas informacion) ?[:|–—-] ?"
    r"\S.{2,160}",
]

_LINKS = [
    r"(?:saiba|leia|veja|lea|conozca) (?:mais|mas)(?: (?:aqui|no site|na materia completa))?",
    r"(?:read|learn|see|find out|show|load|view) (?:more|less|all|the full (?:story|article))"
    r"(?: here)?",
    r"(?:continue|keep) reading(?: (?:below|the main story|here|\"?.{1,80}\"?))?",
    r"continue lendo(?: (?:aqui|abaixo))?|continuar (?:lendo|leyendo)|(?:seguir|sigue) leyendo",
    r"click here(?: (?:to|for) .{2,120})?|(?:clique|clica) aqui(?: (?:e|para) .{2,120})?|"
    r"(?:haz|haga) clic(?:k)? (?:aqui|aca)(?: .{2,120})?|(?:pincha|pulsa|click) (?:aqui|aca)"
    r"(?: .{2,100})?",
    r"(?:listen to|watch) (?:this|the) (?:article|story|video|episode)(?: .{1,30})?|"
    r"play (?:video|audio)|watch (?:now|live|more)|video player|"
    r"(?:open|view) image in (?:gallery|fullscreen|full screen)",
    r"(?:ouca|escute) (?:esta?|a|essa) (?:materia|noticia|reportagem|texto)(?: .{1,40})?|"
    r"(?:assista|veja|ver|mira)(?: a?o| el)? video(?: (?:abaixo|acima|completo|a seguir))?|"
    r"escucha(?:r)? (?:esta|la) (?:noticia|nota)",
    r"the post .{1,160} (?:appeared first on|first appeared on) .{2,80}",
    r"(?:o post|a postagem|la entrada|el post|el articulo) .{1,160} (?:apareceu primeiro em|"
    r"apareceu primeiro no|aparecio primero en|se publico primero en) .{2,80}",
]

_ADVERTISING = [
    r"(?:a ?d ?v ?e ?r ?t ?i ?s ?e ?m ?e ?n ?t|advertisements?|advertising|publicidade|publicidad|"
    r"propaganda|anuncio|anuncios|publi|patrocinado|patrocinio|sponsored(?: content| by .{2,40})?|"
    r"conteudo patrocinado|contenido patrocinado|promoted)",
    r"(?:continua|continue|segue|sigue|continua lendo) (?:apos|depois|despues|abaixo|debajo)"
    r"(?: d[aeo]l?| de la)?(?: [ao]| la| el)? ?(?:publicidade|publicidad|anuncio|propaganda|"
    r"patrocinador)",
    r"(?:story|article|content|post)(?: continues| continued)? (?:below|after)"
    r"(?: (?:this |the )?(?:advertisement|ad|video|gallery))?",
    r"(?:continue(?:s)?|scroll(?: down)?) (?:below|to continue|for more|after)"
    r"(?: (?:the |this )?(?:advertisement|ad|with content))?",
    r"(?:skip|pular|saltar|remove|remover)(?: this)? (?:advertisement|ads?|publicidade|anuncio)",
    r".{0,40}(?:as an amazon associate|we may (?:earn|receive) (?:a |an )?(?:small )?"
    r"(?:affiliate )?commission).{0,100}",
]

_FOLLOW = [
    rf"(?:siga|sigam|acompanhe|curta|siganos|siguenos|seguinos|siga-nos)\b.{{0,90}}\b{_NETWORK}"
    r".{0,60}",
    r"(?:siga-nos|siguenos|seguinos|follow us)(?: .{1,60})?",
    rf"sigue (?:a|nuestr[oa]s?|todas?|toda la|las? (?:ultimas )?noticias|la actualidad)\b.{{0,80}}"
    rf"\b{_NETWORK}.{{0,60}}",
    r"(?:entre|participe|faca parte|clique) (?:n[oa]|d[oa]|em|para entrar n[oa])"
    rf" (?:nosso |nossa |novo )?(?:canal|grupo|comunidade)\b.{{0,80}}\b{_NETWORK}.{{0,60}}",
    r"(?:unete|sumate|suscribete|entra|apuntate|inscribete)(?: ya)? (?:a|al|en)(?: nuestro| "
    r"nuestra|"
    rf" el| la)? ?(?:canal|grupo|comunidad)\b.{{0,80}}\b{_NETWORK}.{{0,60}}",
    rf"receba .{{0,90}}\b(?:n[oa]|pelo|por|em)(?: seu)? {_NETWORK}.{{0,60}}",
    rf"(?:follow|like|join|find|add|connect with) (?:us|our)\b.{{0,80}}\b{_NETWORK}.{{0,80}}",
    r"follow (?:\S+ ){1,6}?(?:on|at) (?:\S+ ){0,3}?(?:twitter|x|instagram|facebook|threads|tiktok)"
    r"(?::? ?@?\w*.{0,90})?",
    r"(?:contact|reach|e-?mail|follow)\b.{0,110}@\w.{0,120}",
    r"(?:contact|reach|call|text|e-?mail)(?: \w+)? (?:reporters?|writer|editor|"
    r"columnist)\b.{2,140}",
    r"(?:baixe|baixa|descarga|descargue|download|get)(?: already| ya| gratis)?"
    r"(?: (?:o|a|la|el|our|nuestra|nosso)) (?:aplicativo|app)\b.{0,90}",
    r"(?:este|esta) (?:canal|grupo) .{0,40}whatsapp.{0,30}clique.{0,60}",
]

_SHARE = [
    r"(?:share|compart(?:e|ir|ilhe|ilhar)|comparta)(?: (?:this|esta|essa|este|esse|a|o|la|el))?"
    r" (?:story|article|post|page|link|noticia|materia|reportagem|nota|articulo|conteudo)"
    r"(?: .{1,40})?",
    rf"(?:share|compart(?:e|ir|ilhe|ilhar)|tweet|enviar)(?: this)? (?:on|via|no|pelo|por|en|to|"
    rf"with)"
    rf" (?:{_NETWORK}|e-?mail|correo|friends)(?: .{{1,40}})?",
    r"(?:copy|copiar|copie)(?: o| el)? (?:link|enlace|url)|link (?:copied|copiado)!?|"
    r"(?:imprimir|print)(?: (?:this )?(?:article|pagina|noticia|page))?|"
    r"(?:save|salvar|guardar)(?: (?:article|noticia|para ler depois|for later))",
]

_COMMENTS = [
    r"(?:\(?\d{1,6}\)? )?(?:comments?|comentarios?)(?: ?\(\d{1,6}\))?",
    r"(?:leave|post|add|write|view|show|hide)(?: (?:a|your|all|the))? (?:comments?|reply)(?: "
    r".{1,60})?",
    r"(?:deixe|faca|escreva|ver|deja|escribe|agrega)(?: (?:seu|um|o seu|tu|un|su|os|los))? "
    r"comentarios?(?: .{1,80})?",
    r"join the (?:conversation|discussion)(?: .{1,80})?|comments are closed.{0,40}|"
    r"be the first to comment.{0,30}|seja o primeiro a comentar.{0,40}|"
    r"se el primero en comentar.{0,40}",
    r"(?:os|los) comentarios (?:nao representam|sao de (?:inteira )?responsabilidade|no "
    r"representan|son (?:de )?(?:exclusiva )?responsabilidad).{0,140}",
]

_PHOTO = (
    r"(?:fotos?|fotografias?|photos?|photographs?|imagens?|imagem|imagenes|imagen|images?|"
    r"pictures?|"
    r"creditos?|credits?|photo credits?|image credits?|image source|credito d[ae] (?:foto|imagem|"
    r"imagen)|reproducao|divulgacao|ilustrac(?:ao|ion)|illustration)"
)
_PHOTO_CREDITS = [
    rf"\(?{_PHOTO} ?[:/|] ?[^.!?]{{2,100}}",
    r"\(?(?:ap |afp |reuters |file )?(?:photo(?:graph)?s?|image|picture) (?:by|courtesy(?: of)?|"
    r"via|"
    r"from) [^.!?:]{2,70}",
    r"\(?(?:ap|afp|file|staff|courtesy) (?:photo|image|illustration)(?:[/ ][^.!?]{2,60})?",
    r"\(?(?:(?:afp|reuters|ap|bloomberg) (?:via|/) )?getty(?: images)?|\(?shutterstock|\(?istock"
    r"(?:photo)?|\(?(?:divulgacao|reproducao|arquivo pessoal|cortesia|handout|imagem ilustrativa|"
    r"imagen de archivo|foto de archivo|foto de arquivo|imagen ilustrativa|file photo)",
    r".{0,280}(?:[—–|]|[.)»] ?)[ ]?(?:fotos?|photos?|imagem|imagen|creditos?|credit) ?: ?"
    r"[^.!?:]{2,90}",
]


def _any_of(*groups: list[str]) -> re.Pattern[str]:
    patterns = "|".join(f"(?:{pattern})" for group in groups for pattern in group)
    return re.compile(f"(?:{patterns}){_END}", re.S)


RELATED_HEADERS = _any_of(_RELATED)
LABELLED = _any_of(_LABELLED)
"""A label and a title: what follows the label begins with a capital."""
LINES = _any_of(
    *(_RELATED, _LINKS, _ADVERTISING, _FOLLOW, _SHARE, SIGN_UP, _COMMENTS, _PHOTO_CREDITS[:-1])
)
LONG_LINES = _any_of(NEWSLETTERS, COOKIES, RIGHTS)
CREDITED = _any_of(_PHOTO_CREDITS[-1:])
"""What is to be seen, and whose picture it is."""

_BANK = (
    r"(?:Getty(?: Images)?|AFP|AP(?: Photo)?|Reuters|REUTERS|EFE|EPA|EPA-EFE|Shutterstock|iStock"
    r"(?:photo)?|Bloomberg|Xinhua|Anadolu(?: Agency)?|PA(?: Images| Wire)?|Zuma(?: Press)?|Alamy|"
    r"Ag[êe]ncia [A-ZÀ-Ý]\w+|Folhapress|Estad[ãa]o(?: Conte[úu]do)?|Europa Press|Cuartoscuro|"
    r"Divulga[çc][ãa]o|Reprodu[çc][ãa]o|Instagram|Facebook|Twitter|USA TODAY(?: Sports| Network)?|"
    r"CNN|NurPhoto|Sipa(?: USA)?|LightRocket|TV Globo|Hulton Archive)"
)
_NAME = r"[A-ZÀ-Ý][\w.'’&-]*(?: [\w.'’&-]+){0,4}"
CAPTIONS = re.compile(
    # `What is to be seen. Ana Souza/AFP/Getty Images`, as it is written
    rf"(?:.{{0,330}}[.!?)”\"’'] ?)?\(?{_NAME}/(?:[\w .&'’-]{{1,40}}/){{0,3}}{_BANK}"
    rf"(?: via {_BANK})?(?:/File)?\)?"
    # `What is to be seen. (Photo by Ana Souza)`, `(AP Photo/Ana Souza, File)`
    r"|.{0,330}\((?:(?:AP|AFP|File|EPA) )?(?:[Pp]hotos?|[Ff]otos?|[Ii]mage[nm]?|PHOTO|FOTO|Credit|"
    r"Cr[ée]dito)\b[^()]{0,100}\)\.?"
)
"""Matched against the line as it is: names have capitals."""

SHARE_WORDS = frozenset(
    re.findall(
        r"\S+",
        "facebook twitter x whatsapp telegram linkedin email e-mail correo link enlace pinterest "
        "reddit messenger instagram flipboard pocket bluesky threads sms copy copiar print "
        "imprimir tiktok youtube rss",
    )
)
SHARE_VERBS = frozenset({"share", "compartilhar", "compartilhe", "compartir", "comparte", "tweet"})
