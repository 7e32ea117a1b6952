"""Which lines of a page are not its article, and which only look like that."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.clean import clean_text
from retrieval.feeds.boilerplate import is_boilerplate, without_boilerplate

TO_DROP = """
Leia também
LEIA MAIS: Câmara aprova o orçamento em segundo turno
Veja também: Chuva adia o desfile
Saiba mais
Mais lidas
Continua após a publicidade
CONTINUA DEPOIS DA PUBLICIDADE
PUBLICIDADE
Publicidade
Conteúdo patrocinado
Siga a Tribuna no WhatsApp e receba as notícias no celular
Acompanhe o Jornal da Serra no Google News
Clique aqui e entre no nosso grupo
Entre no canal da Tribuna no Telegram
Participe do canal da Gazeta no WhatsApp
Receba as notícias do dia no WhatsApp
Compartilhe esta notícia no WhatsApp
Compartilhar
Compartilhar no Facebook
Assine a newsletter e receba as principais notícias no seu e-mail
Cadastre-se e receba nosso boletim
Já é assinante? Faça seu login
Conteúdo exclusivo para assinantes
Para continuar lendo, assine ou faça login
Utilizamos cookies para melhorar a sua experiência. Ao continuar, você aceita a nossa política.
Este site usa cookies
Aceitar todos os cookies
Foto: Celina Prado/Reuters
Imagem: Divulgação
Público na abertura da feira — Foto: Otávio Lemos/Divulgação
(Foto: Reprodução/Instagram)
Crédito: Marcos Vidal
© 2025 Tribuna da Serra. Todos os direitos reservados.
Proibida a reprodução total ou parcial deste conteúdo
Este artigo foi publicado originalmente em Revista do Vale
Deixe seu comentário
Comentários (12)
O post Feira bate recorde apareceu primeiro em Tribuna da Serra.
Ouça esta reportagem
Lea también: El embalse cambia de manos
Te puede interesar: La sequía vacía el embalse
Lee más
Sigue leyendo
Noticias relacionadas
Publicidad
Síguenos en Instagram
Únete a nuestro canal de WhatsApp
Sigue a El Páramo en Google News
Suscríbete a nuestra newsletter
Contenido exclusivo para suscriptores
¿Ya eres suscriptor? Inicia sesión
Recibe las noticias del día en tu correo
Utilizamos cookies propias y de terceros para analizar la navegación
Configurar cookies
Fotografía: Marta Ruiz / EFE
Compartir en Twitter
Este artículo fue publicado originalmente en El Faro del Sur
La entrada El embalse cambia de manos se publicó primero en El Páramo.
Todos los derechos reservados
Haz clic aquí para ver la galería
Advertisement
Story continues below advertisement
Article continues after this ad
Read more
Read more: How the harbour lost its ferry
RELATED:Wilmington posts crime stats online
More:What the newest map means for the county
Related stories
You might also like
Most read
Facebook Twitter WhatsApp Copy link
Share this article
Share on Facebook
Follow us on WhatsApp for breaking news
Follow Jo Marlin on Twitter: @jomarlin.
Contact Jo Marlin at jmarlin@kestrelpost.example or on Twitter @jomarlin.
Sign up for our free weekly newsletter and never miss a story.
Sign up here
Editor’s Note: Sign up for our Sleep newsletter series. Our guide has helpful hints.
SPORTS NEWSLETTER:Sign up now for daily updates sent to your inbox
To continue reading, subscribe or sign in
Already a subscriber? Sign in
Subscribe now for unlimited access
These articles are for subscribers. You can sign up here.
You have read your 3 free articles this month
We use cookies to improve your experience and to show you personalised advertising.
Accept all cookies
Cookie policy
Photo by Maud Ferris
Photo: Maud Ferris / The Kestrel Post
(Getty Images)
Getty Images
Crowds at the terminus on Friday. Maud Ferris/AFP/Getty Images
The mayor at the opening. (AP Photo/Maud Ferris)
Image source: Handout
Copyright 2025 The Kestrel Post. All rights reserved.
This article was originally published on The Lantern.
Originally published Oct. 29, 2015
Leave a comment
12 comments
Join the conversation
Click here to read more about the strike
Skip advertisement
Unsubscribe
View this email in your browser
The post Tram line opens appeared first on The Kestrel Post.
The post Storm kills 12 at the port, police say appeared first on The Kestrel Post.
Read more: Harbour blast hurt 12, police say
Leia também: 12 feridos na explosão, diz a polícia
Subscribe now for $1 a month and keep reading the Kestrel Post
Sign up to get the best of the Kestrel Post until Oct. 29
Sign up for our newsletter and get 5 stories every morning
Suscríbete para seguir leyendo por 1 euro al mes
Assine por apenas R$ 9,90 por mês e leia a Tribuna da Serra
Contact Jo Marlin at 555-123-4567 or jmarlin@kestrelpost.example for more
Twelve boats burned, the mayor said, at the port on Friday. — Photo: Maud Ferris
""".strip().split("\n")

TO_KEEP = """
A autoridade multou o portal porque usa cookies sem o consentimento dos leitores.
O site usa cookies, admitiu a empresa em nota enviada à redação.
Cookies de aveia foram distribuídos aos visitantes.
A newsletter da prefeitura trouxe a data errada.
Assinaram o contrato o prefeito e a construtora.
O jornal vai oferecer a assinatura gratuita a professores.
A publicidade no rádio fez diferença, disse a presidente.
Publicidade infantil volta à pauta da Câmara
Siga em frente, disse o técnico ao goleiro.
A briga segue no WhatsApp, onde os dois lados trocam acusações.
O WhatsApp saiu do ar por duas horas nesta quarta-feira.
Entre os usuários do Telegram, a queda foi de 12%.
Participe quem quiser, disse o diretor.
Receba quem receber o prêmio, a cidade já ganhou.
Compartilhar senhas será proibido a partir de maio.
A foto de Celina Prado venceu o prêmio nacional.
Foto tirada por satélite mostra o tamanho da queimada.
Imagem do Brasil no exterior melhora, diz pesquisa
Crédito rural cresce 8% no primeiro trimestre
Os comentários do ministro irritaram a oposição.
Comentários de torcedores foram apagados pelo clube.
Leia a íntegra da nota divulgada pela prefeitura, em que a empresa nega as acusações.
Saiba o que muda com a nova lei
Veja o que disse cada candidato sobre o porto.
Continua a greve dos estivadores no porto de Mirassol.
Mais 300 famílias deixaram as casas no domingo.
Todos os direitos dos trabalhadores serão mantidos, disse o sindicato.
Com informações da Reuters
Fonte: EFE
Por Agência Brasil
© 2025 The Associated Press. All rights reserved.
Contributing: The Associated Press
Para continuar na disputa, o time precisa vencer no domingo.
Já é o terceiro aumento do ano.
Sigue la tensión en Twitter por las palabras del ministro.
Sigue la huelga en el puerto de Valdeolmo
Recibe Pérez amenazas por WhatsApp
La publicidad engañosa será multada, anunció el regulador.
El boletín de la fiscalía no menciona el embalse.
Fotos del embalse vacío recorrieron el mundo.
Los suscriptores del servicio pagarán un euro más.
Imágenes de la cámara de seguridad muestran al sospechoso.
Los derechos reservados al Estado pasarán a las comunidades.
Únete o muere, decía la pancarta.
También te mintieron a ti, respondió ella.
Más de 40 vuelos fueron cancelados.
Comparte piso con dos amigos desde enero.
Ver para creer: el embalse está lleno.
This website uses words that others avoid.
The regulator said that the newsletter it sends to residents had named a wrong date.
At the bakery we use cookies to test the ovens, and nobody complains, she said.
Advertisement spending fell by 4% last year.
Advertisers have fled the network since May.
Read my lips: no new taxes, the president had said.
More than 300 people marched to the town hall.
More: that is what the union wants.
Related charges were dropped in June.
Facebook, Twitter and WhatsApp were fined on Monday.
Facebook
Share prices fell after the announcement.
Share your password and lose your account, the company warned.
Follow the money, the prosecutor told the jury.
For more information, contact the town hall at 475-3360.
Call the helpline at (800) 273-8255.
Sign language interpreters will be present.
Signs of an early spring
Subscribe to a theory and you will find proof of it, she wrote in her diary of that year.
Subscribers to the service will pay one pound more.
Photos of the accident were shared by a firefighter.
Photo finish in the mayoral race
A photograph by Maud Ferris, taken in 1974, was sold for 2 million pounds.
Getty bought the archive in 1996.
Copyright law has not kept up, the judge said.
The article was withdrawn a day after it was published.
Comments by the minister angered the opposition.
The company declined to comment.
Image rights were sold to a broadcaster.
To keep your account active, sign in at least once every two years.
The post office in Aldmouth will close in May.
Clicking on the link installs the virus, the police warned.
LONDON (Reuters) - The harbour opened again on Friday.
He works for Reuters/Ipsos and knows the numbers.
You have read the report, minister; what do you make of it?
Register to vote by Monday, the county clerk told residents.
Sign up for the draft began on Monday, when 3,000 men queued.
Assine o acordo, pediu o presidente a 12 governadores.
Clique aqui e perca R$ 5 mil: o golpe que atingiu 12 bancos.
Receba R$ 600 por mês: o governo abriu inscrições por e-mail
Inscreva-se no Enem até 12 de junho, avisa o MEC
Related: 12 more people were hurt in a second blast
Photos: 12 dead in the port
Credit: banks lent 12 billion euros in May
Foto: a imagem mostra 12 mortos no porto de Lisboa
Image: the bank lost 5 points
Apúntate al paro, pidió el sindicato a 5.000 obreros.
Follow the money on X, prosecutors said of the bank.
Join the union's newsletter, its leader told 5,000 workers.
Siga o dinheiro: o WhatsApp do ministro mostra 12 pagamentos.
Este contenido es solo para socios, dijo el juez al club.
Stay informed and subscribe to peace, the pope said.
Support independent journalism or lose it, 12 editors warned.
""".strip().split("\n")


@pytest.mark.parametrize("line", TO_DROP)
def test_a_line_that_is_no_part_of_an_article_goes(line: str) -> None:
    assert is_boilerplate(line)
    assert is_boilerplate(f"- {line}")


@pytest.mark.parametrize("line", TO_KEEP)
def test_a_line_that_only_looks_like_that_stays(line: str) -> None:
    assert not is_boilerplate(line)


def test_there_are_enough_lines_of_both_kinds() -> None:
    assert len(set(TO_DROP)) >= 60
    assert len(set(TO_KEEP)) >= 60


PROSE = (
    "The tram reached the harbour on Friday, two years late.\n"
    "Nobody had told the residents, said the council."
)


def test_a_list_of_links_at_the_end_goes_with_its_header() -> None:
    listed = f"{PROSE}\nLeia também\n- Ponte nova abre em maio\nChuva adia o desfile\nAssine"
    assert without_boilerplate(listed) == PROSE


def test_titles_at_the_end_without_such_a_header_stay() -> None:
    text = f"{PROSE}\nThe winners\nMaud Ferris, Aldmouth\nIdris Kole, Kestrel"
    assert without_boilerplate(text) == text


def test_prose_below_such_a_header_stays() -> None:
    first, second = PROSE.split("\n")
    assert without_boilerplate(f"{first}\nRelated stories\n- Bus fares rise\n{second}") == PROSE


def test_paragraphs_stay_apart() -> None:
    assert without_boilerplate("One, it said.\n\nAdvertisement\n\nTwo, it said.") == (
        "One, it said.\n\nTwo, it said."
    )


SUBJECTS = ["O jornal", "La empresa", "The company", "Segundo a polícia, o site", "A minister"]
WORDS = [
    *("cookies", "newsletter", "WhatsApp", "Telegram", "foto", "Getty", "publicidade", "assine"),
    *("subscribe", "read more", "leia também", "suscríbete", "copyright", "comentário", "share"),
    *("disse", "said", "dijo", "que", "the", "el", "porto", "2025", "12%", "Facebook", "sign up"),
]


@given(st.sampled_from(SUBJECTS), st.lists(st.sampled_from(WORDS), min_size=6, max_size=40))
def test_a_sentence_with_a_subject_survives_whatever_it_is_about(
    subject: str, words: list[str]
) -> None:
    sentence = f"{subject} disse que {' '.join(words)} no porto."
    assert without_boilerplate(sentence) == sentence


@given(
    st.lists(st.sampled_from([*TO_DROP, *TO_KEEP, "", "- Ponte nova abre em maio"]), max_size=12)
)
def test_what_is_clean_is_not_cleaned_again(lines: list[str]) -> None:
    once = without_boilerplate("\n".join(lines))
    assert without_boilerplate(once) == once
    assert set(once.split("\n")) - {""} <= set(lines)


@given(st.text(max_size=300))
def test_any_text_comes_back_as_clean_text(text: str) -> None:
    assert clean_text(without_boilerplate(text)) == without_boilerplate(text)


@settings(max_examples=30, deadline=1_000)
@given(st.lists(st.sampled_from([*WORDS, "a", " ", ":", "/", "(", "@"]), min_size=30, max_size=90))
def test_no_line_takes_long(words: list[str]) -> None:
    is_boilerplate("".join(words))
    is_boilerplate("Sign up " + "".join(words))


def test_very_many_lines_are_read_in_seconds() -> None:
    text = "\n".join(f"line {number} of a list" for number in range(15_000))
    started = time.process_time()
    without_boilerplate(text)
    assert time.process_time() - started < 5
