"""The coach's own sentences in French, by the keys of `words`."""

from __future__ import annotations

from collections.abc import Mapping

SAID: Mapping[str, str] = {
    "hello": (
        "Je suis le Mediation Coach, une machine. Je réponds aux questions sur la médiation et les processus de "
        "paix à partir d'une bibliothèque choisie, et je montre mes sources."
    ),
    "hello_skills": "Je peux aider dans quatre domaines. Choisissez-en un, ou posez votre question avec vos mots :",
    "hello_keep": (
        "Je garde les {turns} dernières questions de cette conversation pendant {hours} heures, pour que vous "
        "puissiez poursuivre. La personne qui gère cet espace peut en principe lire ce qui est écrit ici : "
        "écrivez « partie A », pas de noms. Dites « privacy » pour les détails, « forget me » pour tout effacer, "
        "« stop » pour ne plus rien recevoir de moi."
    ),
    "skill.process_design": "Conception du processus",
    "skill.technical_aspects": "Aspects techniques",
    "skill.crisis_handling": "Gestion de crise",
    "skill.implementation": "Accords et mise en œuvre",
    "skill_prompt.process_design": (
        "Demandez qui, où, sous quelle forme et dans quel ordre : avant que la salle n'ouvre."
    ),
    "skill_prompt.technical_aspects": (
        "Demandez ce qui se fait dans la salle, et ce qu'il faut dans un texte sur le cessez-le-feu, la justice "
        "ou le partage du pouvoir."
    ),
    "skill_prompt.crisis_handling": "Dites-moi en une phrase ce qui s'est passé. Je réponds par la première heure.",
    "skill_prompt.implementation": (
        "Parlez-moi d'un projet de texte, d'une signature ou d'une promesse qui n'est pas tenue."
    ),
    "heading.find_out_first": "À savoir d'abord",
    "heading.in_short": "En bref",
    "heading.options": "Options",
    "heading.checklist": "Liste de contrôle",
    "heading.trade_off": "Ce que cela coûte",
    "heading.compare": "Comparer",
    "heading.first_hour": "Première heure",
    "heading.first_day": "Premier jour",
    "heading.next_week": "Semaine suivante",
    "heading.stop_if": "Arrêtez si",
    "heading.pin_down": "Préciser",
    "heading.follow_through": "Suivi",
    "heading.ask_first": "Questions préalables",
    "heading.steps": "Étapes",
    "heading.options_and_trade_offs": "Options et compromis",
    "heading.risks": "Risques",
    "heading.the_other_side": "Vu de l'autre côté",
    "heading.if_talks_are_not_the_way_now": "Si le moment n'est pas aux pourparlers",
    "heading.alongside": "Qui d'autre, et quoi en parallèle",
    "heading.case": "Ce qui s'est passé ailleurs",
    "heading.wording": "Formules à adapter",
    "pin_down_line": (
        "Écrivez quatre choses sur une ligne : ce qui a été promis, qui en est responsable, pour quand, comment "
        "les deux parties le sauront."
    ),
    "crisis_safety_line": "Si quelqu'un peut être en danger, mettez d'abord les personnes en sécurité.",
    "choice.more": "Plus",
    "choice.steps": "Étapes",
    "choice.risks": "Risques",
    "choice.case": "Un cas",
    "choice.sources": "Sources",
    "choice.wrong_skill": "Mauvais domaine",
    "choice.person": "Une personne",
    "choice.as_skill": "Répondre comme : {skill}",
    "choice.yes": "Oui",
    "choice.no": "Non",
    "choose_skill": "Dans quel domaine dois-je répondre ?",
    "nothing_more": "La bibliothèque n'a rien de plus là-dessus. Poursuivez avec vos mots.",
    "clarify": "Une question, pour répondre juste. Voulez-vous dire :",
    "out_of_scope": (
        "Ma bibliothèque n'a rien là-dessus. Elle couvre la conception des processus, les aspects techniques, "
        "les crises, et les accords et leur mise en œuvre."
    ),
    "nearest": "Ce qu'elle a de plus proche :",
    "empty": "Je n'ai pas reçu de question. Écrivez une phrase sur ce à quoi vous faites face.",
    "too_long": (
        "C'est plus long que ce que je peux lire d'un coup ({most} caractères au plus). Envoyez-moi l'essentiel "
        "en quelques phrases."
    ),
    "help": (
        "Posez votre question avec vos mots, en français, anglais, espagnol, arabe ou russe. Tapez ensuite un "
        "numéro ou un mot de la liste sous la réponse pour en ouvrir davantage. Mots que je connais : « aide », « home », "
        "« privacy », « my plan », « short », « my data », « forget me », « stop »."
    ),
    "privacy": (
        "Dans ce terminal, rien de ce que vous tapez ne quitte cette machine ni n'est gardé après votre départ. "
        "Vos questions ne servent jamais à répondre à quelqu'un d'autre."
    ),
    "sources_in_english": "Les sources sont en anglais.",
    "case_date": "en date du {date}",
    "reviewed_long_ago": "dernière relecture le {date}",
    "from_layer": "de {layer}",
    "written_by.library": "De la bibliothèque, dans ses propres mots.",
    "written_by.model": "Écrit par un modèle de langage à partir de la bibliothèque ; vérifiez les sources.",
    "limit_reached": (
        "Votre limite d'aujourd'hui pour le modèle de langage est atteinte ; voici donc la bibliothèque dans ses "
        "propres mots. Demain, je pourrai de nouveau formuler les réponses."
    ),
    "translated": (
        "Traduit par un modèle de langage ; les parties derrière les choix sont les mots de la bibliothèque, en "
        "anglais."
    ),
    "amber": "Information générale, pas un avis juridique : consultez votre conseil avant d'agir.",
    "red": (
        "Ceci touche à la sécurité de personnes. Ne décidez rien sur la foi d'un chat : parlez d'abord à votre "
        "référent sécurité ou à votre conseil."
    ),
    "emergency": (
        "Votre sécurité d'abord. Si vous le pouvez, mettez-vous en lieu sûr et contactez le numéro d'urgence "
        "local ou le référent sécurité de votre organisation. Je ne peux pas envoyer de secours. N'écrivez ici "
        "ni noms, ni lieux, ni photos ; utilisez un moyen auquel votre organisation fait confiance."
    ),
    "emergency_contacts": "Les contacts de votre organisation : {contacts}",
    "self_harm": (
        "C'est bien de l'avoir dit. Vous n'avez pas à porter cela seul. Parlez maintenant à une personne de "
        "confiance, à une ligne d'écoute locale ou à un service de santé ; si vous risquez de vous faire du mal, "
        "appelez le numéro d'urgence local. Je suis une machine et je ne peux pas envoyer de secours."
    ),
    "ask_danger": "Quelqu'un est-il physiquement en danger en ce moment ?",
    "safe_then_ask": "Bien. Dites-moi alors ce qui s'est passé, et j'aiderai pour le processus.",
    "short_on": (
        "Réponses courtes désormais : moins de 500 caractères, sans listes à choisir. Dites « long » pour "
        "revenir en arrière."
    ),
    "long_on": "Réponses complètes désormais.",
    "boundary.takes_sides": (
        "Je ne juge pas quelle partie a raison ni qui gagnera. Je peux aider à exposer comment chaque partie "
        "voit la question et ce dont elle a besoin."
    ),
    "boundary.other_users": "Je ne parle pas de qui m'utilise ni de ce que d'autres ont demandé.",
    "boundary.listed_contact": (
        "Je ne peux pas dire si un contact, un paiement ou une rencontre est légal. Consultez d'abord votre "
        "conseil et les règles de votre organisation ; je peux aider à préparer les questions à leur poser."
    ),
    "boundary.harmful": (
        "Je n'aide pas à menacer, tromper, surveiller ou exposer des personnes. Je peux aider à dire fermement "
        "ce qui suivra si rien ne change, ou à protéger ce qui doit rester confidentiel."
    ),
    "boundary.verification": (
        "Je ne peux pas vérifier ce qui s'est passé. Des enquêteurs mandatés le peuvent ; je peux aider à "
        "consigner ce que l'on vous a dit, à protéger les personnes et à le leur transmettre."
    ),
    "boundary.prediction": "Je ne prédis pas d'issues. Je peux aider à vous préparer à plusieurs d'entre elles.",
    "thanks": "Merci.",
    "unknown_choice": "Ce choix n'est plus ouvert. Reposez votre question et choisissez dans la liste la plus récente.",
    "busy": "J'ai votre question et je répondrai dans quelques minutes.",
    "full": "Je n'ai pas pu garder votre question à l'instant. Reposez-la dans quelques minutes.",
    "too_fast": (
        "Vos questions arrivent plus vite que je ne peux bien répondre. Laissez-moi une minute, puis posez celle "
        "qui compte le plus."
    ),
    "went_wrong": (
        "Quelque chose s'est mal passé de mon côté, et rien de ce que vous avez écrit n'est perdu. Reposez votre "
        "question dans une minute."
    ),
}
