"""The coach's own sentences in Spanish, by the keys of `words`."""

from __future__ import annotations

from collections.abc import Mapping

SAID: Mapping[str, str] = {
    "hello": (
        "Soy el Mediation Coach, una máquina. Respondo preguntas sobre mediación y procesos de paz a partir de "
        "una biblioteca seleccionada, y muestro mis fuentes."
    ),
    "hello_skills": "Puedo ayudar en cuatro campos. Elija uno o pregunte con sus palabras:",
    "hello_keep": (
        "Guardo las últimas {turns} preguntas de esta conversación durante {hours} horas, para que pueda seguir "
        "preguntando. Quien administra este espacio puede, en principio, leer lo que se escribe aquí: escriba "
        "«parte A», no nombres. Diga «privacy» para los detalles, «forget me» para borrar, «stop» para no "
        "recibir nada más de mí."
    ),
    "skill.process_design": "Diseño del proceso",
    "skill.technical_aspects": "Aspectos técnicos",
    "skill.crisis_handling": "Manejo de crisis",
    "skill.implementation": "Acuerdos e implementación",
    "skill_prompt.process_design": (
        "Pregunte por quién, dónde, en qué forma y en qué orden: antes de que se abra la sala."
    ),
    "skill_prompt.technical_aspects": (
        "Pregunte por lo que se hace en la sala y por lo que necesita un texto sobre cese al fuego, justicia o "
        "reparto del poder."
    ),
    "skill_prompt.crisis_handling": "Dígame en una frase qué pasó. Respondo con la primera hora.",
    "skill_prompt.implementation": "Pregunte por un borrador, una firma o una promesa que no se cumple.",
    "heading.find_out_first": "Averigüe primero",
    "heading.in_short": "En breve",
    "heading.options": "Opciones",
    "heading.checklist": "Lista de verificación",
    "heading.trade_off": "Lo que cuesta",
    "heading.compare": "Comparar",
    "heading.first_hour": "Primera hora",
    "heading.first_day": "Primer día",
    "heading.next_week": "Semana siguiente",
    "heading.stop_if": "Pare si",
    "heading.pin_down": "Precíselo",
    "heading.follow_through": "Seguimiento",
    "heading.ask_first": "Pregunte primero",
    "heading.steps": "Pasos",
    "heading.options_and_trade_offs": "Opciones y sus costos",
    "heading.risks": "Riesgos",
    "heading.the_other_side": "Cómo se ve desde el otro lado",
    "heading.if_talks_are_not_the_way_now": "Si dialogar no es el camino ahora",
    "heading.alongside": "Quién más, y qué en paralelo",
    "heading.case": "Qué pasó en otros lugares",
    "heading.wording": "Palabras que puede adaptar",
    "pin_down_line": (
        "Escriba cuatro cosas en una línea: qué se prometió, quién responde, para cuándo, cómo lo sabrán ambas partes."
    ),
    "crisis_safety_line": "Si alguien puede estar en peligro, ponga primero a salvo a las personas.",
    "choice.more": "Más",
    "choice.steps": "Pasos",
    "choice.risks": "Riesgos",
    "choice.case": "Un caso",
    "choice.sources": "Fuentes",
    "choice.wrong_skill": "Campo equivocado",
    "choice.person": "Una persona",
    "choice.as_skill": "Responder como: {skill}",
    "choice.yes": "Sí",
    "choice.no": "No",
    "choose_skill": "¿Desde qué campo respondo?",
    "nothing_more": "La biblioteca no tiene más sobre esto. Siga preguntando con sus palabras.",
    "clarify": "Una pregunta, para responder a lo correcto. ¿Quiere decir:",
    "out_of_scope": (
        "Mi biblioteca no tiene nada sobre esto. Abarca el diseño de procesos, los aspectos técnicos, las "
        "crisis, y los acuerdos y su implementación."
    ),
    "nearest": "Lo más cercano que tiene:",
    "empty": "No recibí una pregunta. Escriba una frase sobre lo que enfrenta.",
    "too_long": (
        "Es más largo de lo que puedo leer de una vez ({most} caracteres como máximo). Envíeme lo principal en "
        "unas frases."
    ),
    "help": (
        "Pregunte con sus palabras, en español, inglés, francés, árabe o ruso. Luego escriba un número o una "
        "palabra de la lista bajo la respuesta para abrir más. Palabras que conozco: «ayuda», «home», «privacy», «my "
        "plan», «short», «my data», «forget me», «stop»."
    ),
    "privacy": (
        "En esta terminal, nada de lo que escribe sale de esta máquina ni se guarda cuando se va. Sus preguntas "
        "nunca se usan para responder a otra persona."
    ),
    "sources_in_english": "Las fuentes están en inglés.",
    "case_date": "a fecha de {date}",
    "reviewed_long_ago": "última revisión: {date}",
    "from_layer": "de {layer}",
    "written_by.library": "De la biblioteca, con sus propias palabras.",
    "written_by.model": "Escrito por un modelo de lenguaje a partir de la biblioteca; verifique las fuentes.",
    "limit_reached": (
        "Alcanzó su límite de hoy con el modelo de lenguaje, así que esto es la biblioteca con sus propias "
        "palabras. Mañana podré volver a redactar las respuestas."
    ),
    "translated": (
        "Traducido por un modelo de lenguaje; las partes detrás de las opciones son palabras de la biblioteca, "
        "en inglés."
    ),
    "amber": "Información general, no asesoría jurídica: consulte a su asesor antes de actuar.",
    "red": (
        "Esto toca la seguridad de personas. No decida nada por lo que diga un chat: hable primero con su "
        "responsable de seguridad o su asesor."
    ),
    "emergency": (
        "Su seguridad primero. Si puede, vaya a un lugar seguro y llame al número de emergencias local o al "
        "responsable de seguridad de su organización. No puedo enviar ayuda. Por favor, no escriba aquí nombres, "
        "lugares ni fotos; use un canal en el que su organización confíe."
    ),
    "emergency_contacts": "Los contactos de su organización: {contacts}",
    "self_harm": (
        "Qué bueno que lo dijo. No tiene que cargar con esto a solas. Hable ahora con alguien de confianza, con "
        "una línea de ayuda local o con un servicio de salud; si corre peligro de hacerse daño, llame al número "
        "de emergencias local. Soy una máquina y no puedo enviar ayuda."
    ),
    "ask_danger": "¿Hay alguien en peligro físico en este momento?",
    "safe_then_ask": "Bien. Entonces cuénteme qué pasó y ayudaré con el proceso.",
    "short_on": (
        "Respuestas cortas desde ahora: menos de 500 caracteres, sin listas para elegir. Diga «long» para volver."
    ),
    "long_on": "Respuestas completas desde ahora.",
    "boundary.takes_sides": (
        "No juzgo qué parte tiene razón ni quién ganará. Puedo ayudar a exponer cómo ve cada parte el asunto y "
        "qué necesita cada una."
    ),
    "boundary.other_users": "No hablo de quién me usa ni de lo que otros preguntaron.",
    "boundary.listed_contact": (
        "No puedo decir si un contacto, un pago o una reunión es legal. Consulte primero a su asesor jurídico y "
        "las normas de su organización; puedo ayudar a preparar las preguntas para ellos."
    ),
    "boundary.harmful": (
        "No ayudo a amenazar, engañar, vigilar ni exponer a personas. Puedo ayudar a decir con firmeza qué "
        "seguirá si nada cambia, o a proteger lo que debe quedar en reserva."
    ),
    "boundary.verification": (
        "No puedo verificar qué pasó. Los investigadores con mandato pueden; puedo ayudar a registrar lo que le "
        "contaron, proteger a las personas y remitirlo a ellos."
    ),
    "boundary.prediction": "No predigo resultados. Puedo ayudar a prepararse para más de uno.",
    "thanks": "Gracias.",
    "unknown_choice": "Esa opción ya no está abierta. Pregunte de nuevo y elija de la lista más reciente.",
    "busy": "Tengo su pregunta y responderé en unos minutos.",
    "full": "No pude guardar su pregunta en este momento. Por favor, pregunte de nuevo en unos minutos.",
    "too_fast": (
        "Pregunta más rápido de lo que puedo responder bien. Deme un minuto y haga la pregunta que más importa."
    ),
    "went_wrong": "Algo salió mal de mi lado y no se perdió nada de lo que escribió. Pregunte de nuevo en un minuto.",
}
