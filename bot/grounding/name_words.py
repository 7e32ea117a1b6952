"""Words of names that change with the language: Central Bank, Banco Central; NATO, OTAN.  (pure)"""

from __future__ import annotations

_SAME = """
bank/banco central/centrales ministry/ministerio health/saude/salud
finance/fazenda/financas/hacienda
economy/economia court/tribunal/corte supreme/supremo/suprema union/uniao
university/universidade/universidad institute/instituto national/nacional senate/senado
chamber/camara congress/congresso/congreso parliament/parlamento state/states/estado/estados
united/unidos/unidas/unido nations/nacoes/naciones world/mundial/mundo
organization/organisation/organizacao/organizacion association/associacao/asociacion
council/conselho/consejo city/cidade/ciudad police/policia army/exercito/ejercito party/partido
republic/republica north/northern/norte south/southern/sul/sur east/eastern/leste/este
west/western/oeste island/islands/ilha/ilhas/isla/islas new/novo/nova/nuevo/nueva
saint/sao/santo/santa/san river/rio sea/mar ocean/oceano agency/agencia
committee/comite/comissao/comision/commission fund/fundo/fondo group/grupo
company/companhia/compania/empresa airport/aeroporto/aeropuerto water/agua land/terra/tierra
energy/energia defence/defense/defesa/defensa museum/museu/museo
development/desenvolvimento/desarrollo interamerican/interamericano inter/inter
statistics/estatistica/estadistica exchange/bolsa public/publico/publica
monetary/monetario/monetaria policy/politica international/internacional
labour/labor/trabalho/trabajo education/educacao/educacion environment/ambiente
justice/justica/justicia foreign/exterior/exteriores/estrangeiros relations/relacoes/relaciones
office/escritorio/oficina port/porto/puerto treasury/tesouro/tesoro authority/autoridade/autoridad
federation/federacao/federacion league/liga cup/copa championship/campeonato olympic/olimpico
games/jogos/juegos church/igreja/iglesia pope/papa king/rei/rey queen/rainha/reina
prince/principe princess/princesa house/casa white/branca/blanca street/rua/calle
accounts/contas/cuentas audit/auditoria municipal/municipal federal/federal red/roja/vermelha
cross/cruz coast/costa guard/guarda/guardia general/geral assembly/assembleia/asamblea
security/seguranca/seguridad trade/comercio commerce/comercio agriculture/agricultura
caribbean/caribe amazon/amazonia/amazonas pacific/pacifico atlantic/atlantico africa/africa
america/america europe/europa asia/asia latin/latina christmas/natal/navidad
lisbon/lisboa porto/oporto valletta/valeta seville/sevilha/sevilla zaragoza/saragoca
andalusia/andaluzia/andalucia catalonia/catalunha/cataluna galicia/galiza
geneva/genebra/ginebra/geneve brussels/bruxelas/bruselas cologne/colonia munich/munique
milan/milao turin/turim florence/florenca/florencia naples/napoles venice/veneza/venecia
genoa/genova hamburg/hamburgo basel/basileia/basilea bern/berna antwerp/antuerpia/amberes
hague/haia/haya marseille/marselha/marsella bordeaux/bordeus/burdeos edinburgh/edimburgo
frankfurt/francoforte/francfort/fracfort dresden/dresde krakow/cracow/cracovia beijing/pequim/pekin
mumbai/bombaim/bombay mecca/meca philadelphia/filadelfia kyiv/kiev/kiiv cape/cabo bay/baia/bahia
gulf/golfo strait/estreito/estrecho mount/monte lake/lago valley/vale/valle rhine/reno/rin
thames/tamisa/tamesis seine/sena nile/nilo scotland/escocia scottish/escoces/escocesa/escocesa
wales/gales tuscany/toscana bavaria/baviera saxony/saxonia/sajonia flanders/flandres/flandes
crimea/crimeia siberia/siberia catalan/catalao/catala/catalan basque/basco/basca/vasco/vasca
euskadi/basque castile/castela/castilla kurdish/curdo/curda/kurdo/kurda muslim/muculmano/musulman
jewish/judeu/judaico/judio christian/cristao/cristiano catholic/catolico/catolica church/iglesia
un/onu nato/otan eu/ue imf/fmi who/oms gdp/pib wto/omc ecb/bce idb/bid ai/ia opec/opep hiv/vih
dna/adn ngo/ong vat/iva icc/tpi oecd/ocde nasdaq/nasdaq
"""

_GROUPS = [frozenset(group.split("/")) for group in _SAME.split()]
SAME_WORD: dict[str, frozenset[str]] = {}
"""All forms of a word by each of them."""
for _group in _GROUPS:
    for _word in _group:
        SAME_WORD[_word] = SAME_WORD.get(_word, frozenset()) | _group

_TITLES = """
    president vice minister prime premier chancellor secretary senator mayor governor councillor
    deputy judge justice prosecutor chief executive director chairman chairwoman chair chairperson
    captain coach doctor dr professor prof nurse curator analyst general colonel officer
    mr mrs ms miss sir dame lord lady pope king queen prince princess bishop father ceo cfo cto
    presidente presidenta ministro ministra primeiro primeira primer primera chanceler canciller
    secretario secretaria senador senadora prefeito prefeita alcalde alcaldesa governador
    governadora gobernador gobernadora vereador vereadora deputado deputada diputado diputada juiz
    juiza juez jueza procurador procuradora promotor promotora fiscal diretor diretora director
    directora chefe jefe jefa capitao capitan treinador treinadora entrenador entrenadora doutor
    doutora medico medica professora profesor profesora enfermeira enfermeiro enfermera curador
    curadora analista coronel sr sra srta senhor senhora senor senora dom dona don papa rei rainha
    rey reina principe princesa bispo obispo padre government governo gobierno
    """
TITLES = frozenset(_TITLES.split())
"""Said before a name and often translated with it: not looked for."""

_PARTICLES = "de da do das dos del la las los of the for van von der den di du le al el bin ibn"
PARTICLES = frozenset(_PARTICLES.split())

_OPENERS = """
    according segundo segun conforme however meanwhile also still yet today yesterday both
    entretanto porem contudo ainda assim alem apesar embora enquanto atualmente recentemente
    sin embargo ademas tambien aunque mientras actualmente recientemente hoje ontem hoy ayer
    despite although since nearly about around almost some few several many most all each every
    cerca quase mais menos outros outras cada todos todas algumas alguns varios varias muitos
    casi unos unas otros otras todos todas algunos algunas muchos there here no not never nor yes
    another other others such one two three four five six seven eight nine ten half
    """
OPENERS = frozenset(_OPENERS.split())
"""What begins a sentence with a capital and is no name, besides the stop words."""
