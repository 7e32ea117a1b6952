"""What a page asks of its readers and warns them of, line by line, in pt, en and es.  (pure)

Sources of patterns for `boilerplate_patterns`, which says how they are written.
"""

from __future__ import annotations

SIGN_UP = [
    r"(?:sign up|subscribe|sign up here)(?: (?:now|here|today|free))?",
    r"(?:sign up|register)(?: now| here| today| free)? (?:for|to|and|or|with|via)\b.{2,130}",
    r"subscribe(?: now| here| today| free)? (?:for|and|or|with|via|to (?:our|the|this|get|read|"
    r"continue|receive|keep|unlock|support|access|\S+\.[a-z]))\b.{2,130}",
    r"(?:assine|assinar|assine (?:agora|ja)|cadastre-se|inscreva-se)(?: .{1,110})?",
    r"(?:suscribete|suscribase|suscribite|suscribirse|registrate|inscribete|apuntate)(?: "
    r".{1,110})?",
    r"(?:log|sign) in(?: (?:or|to|with|and) .{2,90})?|login|entrar|iniciar sesion|"
    r"inicia(?:r)? sesion(?: .{1,80})?|faca (?:o )?(?:seu )?login(?: .{1,80})?|"
    r"acess(?:e|ar) sua conta(?: .{1,40})?",
    r"already (?:a |have )?(?:subscriber|subscribed|a member|an account|registered).{0,60}",
    r"(?:ja )?(?:e|sou|tem|es|eres|soy|ya eres|ya es|ya soy)(?: um)? (?:assinante|cadastro|"
    r"suscriptora?|socio|abonado)\b[?!]?.{0,60}",
    r"(?:to|please) (?:continue|keep|finish) reading\b"
    r".{0,100}",
    r"(?:para|quer|quiere|quieres) (?:continuar|seguir|ler|leer)\b.{0,60}\b(?:assine|cadastre|"
    r"login|"
    r"assinante|suscri\w+|registr\w+|inicia).{0,80}",
    r"(?:this|these|the full) (?:article|articles|story|stories|content) (?:is|are)(?: only| "
    r"exclusively)?(?: available)?(?: only)? (?:for|to) .{0,30}(?:subscribers|members).{0,80}",
    r"(?:esta?|este)? ?(?:conteudo|materia|reportagem|texto|noticia|artigo) (?:e )?(?:exclusiv[oa]|"
    r"restrit[oa]|disponivel apenas|so)(?: e)? (?:para|a|de) .{0,20}(?:assinantes?|cadastrados)"
    r".{0,80}",
    r"(?:este|esta)? ?(?:contenido|articulo|nota|noticia) (?:es )?(?:exclusiv[oa]|solo|"
    r"reservad[oa]|"
    r"disponible solo|unicamente) (?:para|a) .{0,30}(?:suscriptores|suscritos|socios|abonados)"
    r".{0,80}",
    r"(?:exclusiv[oa]|solo|apenas|so) para (?:assinantes|suscriptores|socios)|"
    r"(?:for )?subscribers? only|exclusive (?:for|to) subscribers",
    r"you(?:'ve| have) (?:read|reached|used)\b.{0,40}\b(?:free|limit|articles).{0,80}",
    r"voce (?:atingiu|chegou ao) .{0,20}limite .{0,80}|has (?:alcanzado|llegado al) .{0,20}limite"
    r".{0,80}",
    r"(?:create|open) (?:a|an|your)(?: free)? account.{0,80}|crea(?:r)? (?:una|tu) cuenta.{0,60}|"
    r"crie (?:sua|uma) conta.{0,60}",
    r"(?:get |enjoy )?unlimited (?:digital )?access.{0,80}|become a (?:member|subscriber).{0,80}|"
    r"start your (?:free )?trial.{0,60}|support (?:our|independent|local|quality) journalism"
    r".{0,100}|apoie o jornalismo .{0,80}|apoya (?:el|nuestro) periodismo .{0,80}|"
    r"hazte (?:premium|soci[oa]|suscriptora?|miembro).{0,80}",
]


NEWSLETTERS = [
    r"(?:editor's note: ?)?(?:a version of this (?:story|article) .{0,60}|)(?:sign up|subscribe|"
    r"get|"
    r"join|receive|register|(?:\w+ )?look out for)\b.{0,120}\bnewsletters?\b.{0,160}",
    r"(?:\w+ ){0,3}newsletters?: ?(?:sign up|subscribe|get|join|receive)\b.{2,140}",
    r"(?:stay|keep) (?:up[- ]to[- ]date|informed|in the know|in the conversation)\b.{0,60}"
    r"(?:newsletter|sign up|subscribe).{0,90}",
    r"(?:want|would you like|looking for|what's everyone talking about)\b.{0,90}(?:newsletter|"
    r"sign up|subscribe)\b.{0,130}",
    r"(?:assine|inscreva-se|cadastre-se|receba|clique aqui (?:e|para))\b.{0,140}\b(?:newsletters?|"
    r"boletim|boletins|e-mail|email)\b.{0,80}",
    r"(?:recibe|reciba|recibi|quieres recibir|desea recibir) (?:las|nuestr[oa]s?|toda la|lo mejor|"
    r"gratis|cada|en tu|en su|los|el boletin|la newsletter|este boletin|todas las)\b.{0,160}",
    r"(?:suscribete|suscribase|apuntate|registrate|inscribete)\b.{0,140}\b(?:newsletters?|boletin|"
    r"boletines|correo)\b.{0,80}",
    r"we will use the (?:details|information) you have shared .{2,240}",
    r"if you wish to object to the use of your data .{2,100}",
    r"(?:by (?:signing up|subscribing|submitting|clicking)|al (?:suscribirte|registrarte)|ao (?:se "
    r"(?:inscrever|cadastrar)|assinar|clicar)),? .{2,220}",
    r"(?:your|enter your|seu|tu|digite seu|introduce tu|ingresa tu) (?:e-?mail|email address|correo"
    r"(?: electronico)?)(?: .{1,30})?",
    r"(?:unsubscribe|cancelar (?:a )?(?:inscricao|suscripcion)|cancele (?:a|sua) inscricao|"
    r"darse de baja|date de baja|descadastr\w+)(?: .{1,80})?|"
    r"(?:view|read|open) (?:this (?:email|message) )?(?:in|online in) (?:your )?browser|"
    r"(?:ver|veja|abrir)(?: (?:este|esta|essa))?(?: (?:correo|e-?mail|mensagem))? "
    r"(?:en el|no)(?: seu| tu)? navegador",
]


COOKIES = [
    r"(?:we|we and our partners|this (?:web)?site|our (?:web)?site|nos|este (?:web)?site|este sitio"
    r"(?: web)?|esta (?:web|pagina|pagina web)|nuestro sitio|nosso site)(?: also)?"
    r" (?:use|uses|usa|usamos|utiliza|utilizamos|store)(?: \w+){0,3} cookies?\b.{0,220}",
    r"(?:usamos|utilizamos)(?: \w+){0,3} cookies\b.{0,220}",
    r"(?:by (?:continuing|using|clicking)|ao (?:continuar|navegar|utilizar|clicar)|si (?:continuas|"
    r"continua|sigues)|al (?:continuar|navegar))\b.{2,100}\b(?:cookies?|privac\w+|terms|termos|"
    r"terminos|navegando|condic\w+)\b.{0,120}",
    r"(?:accept|reject|manage|allow|aceitar|aceito|rejeitar|aceptar|rechazar|configurar|gerenciar|"
    r"gestionar)(?: (?:all|todos?|todas?))?(?: (?:os|las|the|my))?(?: (?:cookies?|preferences|"
    r"preferencias|settings))(?: e fechar| y cerrar)?",
    r"(?:cookies?|privacy|cookie) (?:policy|settings|preferences|notice)|politica de (?:cookies|"
    r"privacidade|privacidad)|aviso (?:de cookies|legal|de privacidad)|"
    r"(?:terms (?:of (?:use|service)|and conditions)|termos de uso|terminos (?:y condiciones|de "
    r"uso))",
]


RIGHTS = [
    r"(?:©|\(c\)|copyright(?: ?(?:©|\(c\)))?) ?(?:\d{4}|by |the )?.{0,20}\d{4}.{0,160}",
    r"(?:©|\(c\)|copyright ?(?:©|\(c\))) ?.{2,120}",
    r".{0,80}\b(?:all rights reserved|todos os direitos reservados|todos los derechos reservados|"
    r"derechos reservados)(?:[.,;©|–—-].{0,120})?",
    r"(?:this material|this content) may not be (?:published|reproduced).{0,160}",
    r"(?:e |fica |queda )?(?:proibid|prohibid)[ao](?: expressamente)? (?:a |la |su )?"
    r"(?:reproducao|reproduccion|copia).{0,160}",
    r"(?:this|the) (?:article|story|piece|post|column|report)(?: was)?(?: has been)? (?:originally|"
    r"first) (?:published|appeared|ran|posted)\b.{0,160}",
    r"(?:originally|first) (?:published|appeared|posted)(?: (?:on|in|at|by|as))? .{2,90}",
    r"(?:este|esta) (?:artigo|texto|materia|reportagem|conteudo|coluna|post) foi (?:originalmente "
    r"|primeiro )?publicad[oa](?: originalmente| primeiro)? (?:em|n[oa]|por)\b.{0,120}",
    r"(?:este|esta) (?:articulo|texto|nota|reportaje|contenido|columna) (?:fue|se|ha sido) "
    r"(?:originalmente )?public(?:ado|ada|o)(?: originalmente| por primera vez)? (?:en|"
    r"por)\b.{0,120}",
    r"publicad[oa] originalmente (?:em|n[oa]|en|por) .{2,100}",
]
