"""Words too common to look for, in the three languages asked in; folded as the index folds.  (pure)

Question words are among them: `who` finds nothing, it only says what kind of answer is due.
"""

from __future__ import annotations

from retrieval.folding import folded_words

_ENGLISH = """
a about after again against all also am an and any are as at be because been before being
between both but by can could did do does doing done down during each few for from further
get got had has have having he her here hers him his how i if in into is it its just like
many me more most much my no nor not now of off on once only or other our out over own said
same say says she should since so some such than that the their them then there these they
this those through to too under until up us very was we were what when where which while who
whom whose why will with within would you your
"""
_PORTUGUESE = """
a à ao aos aquela aquelas aquele aqueles aquilo as às até cada com como cuja cujo da das de
dela delas dele deles depois do dos dum duma e é ela elas ele eles em entre era eram essa
essas esse esses esta está estão estas estava este estes eu foi for foram há isso isto já lhe
lhes mais mas me mesmo meu minha muito na nas não nem no nos nós num numa o onde os ou para
pela pelas pelo pelos por porque porquê pois qual quais quando quanto quanta quantos quantas
que quê quem se sem ser será seu seus sido sobre só somente sua suas também te tem têm ter
teu tinha tudo um uma umas uns vai você vocês disse diz segundo após ante desde
"""
_SPANISH = """
a al algo ante antes aquel aquella aquello asi aun aunque cada como cómo con contra cual cuál
cuales cuáles cuando cuándo cuanto cuánto cuanta cuánta cuantos cuántos cuantas cuántas de del
desde después donde dónde dos e el él ella ellas ellos en entre era eran es esa esas ese eso
esos esta está están estas este esto estos fue fueron ha había han hasta hay la las le les lo
los más me mi muy ni no nos o os otra otro otros para pero por porque qué que quien quién
quienes quiénes se sea según ser si sí sin sobre son su sus también tan tanto te tiene tienen
todo todos tu tú un una unas uno unos y ya yo dijo dice tras
"""


STOPWORDS = frozenset(folded_words(_ENGLISH + _PORTUGUESE + _SPANISH))
