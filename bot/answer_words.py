"""The words that tell what a question wants named, and what answers it; en, pt, es.  (pure)"""

from __future__ import annotations

import re

_PERSONS = """
comedian star player golfer athlete actor actress author writer singer artist rapper musician
politician senator lawmaker governor president minister leader candidate coach quarterback host
celebrity person man woman billionaire king queen veteran guest scientist explorer general
philosopher runner swimmer driver boxer director ceo chief executive judge justice mayor
journalist broadcaster senior member
jogador jogadora ator atriz autor autora escritor escritora cantor cantora artista politico
senador senadora deputado deputada governador governadora presidente ministro ministra lider
candidato candidata tecnico homem mulher rei rainha cientista diretor diretora juiz juiza
prefeito prefeita jornalista pessoa
jugador jugadora actriz cantante diputado diputada gobernador gobernadora entrenador
entrenadora hombre mujer rey reina cientifico cientifica directora juez jueza alcalde
alcaldesa periodista persona
"""
PERSONS = frozenset(_PERSONS.split())
STATES_ASKED = frozenset({"state", "estado"})
COUNTRIES_ASKED = frozenset({"country", "nation", "pais"})
_PLACES = """
city island county town region river park airport lake mountain venue stadium street sea ocean
continent location province district area village capital neighborhood desert place where
cidade ilha municipio vila regiao rio parque aeroporto lago montanha rua mar oceano continente
provincia distrito bairro aldeia lugar local onde
ciudad isla condado pueblo aeropuerto montana calle barrio desierto donde
"""
PLACES = frozenset(_PLACES.split())
_WORKS = """
movie film show series novel book album song single play musical game magazine newspaper
documentary opera painting poem podcast
filme serie novela romance livro disco cancao musica revista jornal
pelicula programa libro cancion periodico obra
"""
WORKS = frozenset(_WORKS.split())
_NAMED = """
team club company firm brand chain retailer airline bank university college school agency
network party group band organization organisation site app platform store hospital church
court empire tribe league museum paper committee department ministry union outlet channel
studio manufacturer automaker startup giant service
equipe clube empresa companhia marca banco universidade escola agencia emissora partido grupo
organizacao igreja tribunal imperio tribo liga museu
equipo aerolinea universidad escuela organizacion iglesia cadena red museo tribu
festival award prize race tournament trophy battle treaty law act amendment competition
ceremony war operation mission program policy bill plan storm hurricane conference summit title
event religion language species virus disease drug holiday
premio torneio corrida batalha tratado lei guerra missao politica furacao conferencia cupula
doenca festa feriado
torneo carrera batalla ley mision huracan cumbre idioma religiao especie enfermedad
"""
NAMED = frozenset(_NAMED.split())
COLOURS_ASKED = frozenset({"color", "colour", "cor", "cores", "colores"})

_SKIPPED = """
type kind of other these the a an is was are were tipo de o os as e foi el la los las es fue
"""
SKIPPED = frozenset(_SKIPPED.split())
"""Between the question word and what it asks for."""

ASKS_A_NAME = re.compile(r"\b(?:name|called|named|nome|nombre|chama|chamad[oa]|llama|llamad[oa])\b")
ASKS_WHICH = re.compile(r"\b(?:which|what|qual|quais|cual|cuales|que)\b")

COLOURS = re.compile(
    r"\b(?:red|blue|green|yellow|orange|purple|pink|black|white|brown|gr[ae]y|gold|silver"
    r"|vermelh[oa]|azul|verde|amarel[oa]|laranja|rox[oa]|rosa|pret[oa]|branc[oa]|cinza"
    r"|roj[oa]|amarill[oa]|naranja|morad[oa]|negr[oa]|blanc[oa]|gris)\b"
)
_STATES = """
alabama, alaska, arizona, arkansas, california, colorado, connecticut, delaware, florida, georgia,
hawaii, idaho, illinois, indiana, iowa, kansas, kentucky, louisiana, maine, maryland,
massachusetts, michigan, minnesota, mississippi, missouri, montana, nebraska, nevada,
new hampshire, new jersey, new mexico, new york, north carolina, north dakota, ohio, oklahoma,
oregon, pennsylvania, rhode island, south carolina, south dakota, tennessee, texas, utah, vermont,
virginia, washington, west virginia, wisconsin, wyoming,
acre, alagoas, amapa, amazonas, bahia, ceara, espirito santo, goias, maranhao, mato grosso,
minas gerais, paraiba, parana, pernambuco, piaui, rio de janeiro, rio grande do norte,
rio grande do sul, rondonia, roraima, santa catarina, sao paulo, sergipe, tocantins,
baja california, chiapas, chihuahua, coahuila, durango, guanajuato, guerrero, hidalgo, jalisco,
michoacan, morelos, nayarit, nuevo leon, oaxaca, puebla, queretaro, quintana roo, sinaloa, sonora,
tabasco, tamaulipas, tlaxcala, veracruz, yucatan, zacatecas
"""
STATES = re.compile(
    r"\b(?:"
    + "|".join(sorted((" ".join(one.split()) for one in _STATES.split(",")), key=len, reverse=True))
    + r")\b"
)
"""Of the United States, Brazil (without Pará, which is a preposition) and Mexico, folded."""

_MONTHS = """
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday
janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro
enero febrero marzo mayo junio julio septiembre octubre noviembre diciembre
"""
MONTHS = frozenset(_MONTHS.split())
"""Written as names are in English; days too."""
