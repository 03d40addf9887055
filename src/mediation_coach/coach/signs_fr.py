"""Signs of danger in French: whole words, over folded text (see `signs`)."""

from __future__ import annotations

from collections.abc import Mapping

from mediation_coach.coach.signs import Sign

WORDS: Mapping[Sign, str] = {
    Sign.SELF: r"je|j'\w+|j'ai|me|m'\w+|moi|mon|ma|mes|nous|notre|nos|on",
    Sign.CLOSE: (
        r"(?:mon|ma|mes|notre|nos|son|sa|ses|leurs?) (?:\w+ )?(?:femme|mari|enfants?|fils|filles?|m[eè]re|p[eè]re|"
        r"parents|fr[eè]res?|soeurs?|sœurs?|cousine?s?|famille|coll[eè]gues?|chauffeur|interpr[eè]te|traducteur|"
        r"traductrice|assistante?|[eé]quipe|d[eé]l[eé]gu[eé]e?s?|amie?s?|voisine?s?|neveu|ni[eè]ce|b[eé]b[eé]|"
        r"adjointe?|source|contact)|une? coll[eè]gue"
    ),
    Sign.SOMEONE: (
        r"il|elle|lui|quelqu'un|homme|hommes|femmes?|gar[cç]ons?|filles?|enfants?|gens|personnes?|coll[eè]gues?|"
        r"interpr[eè]tes?|chauffeurs?|d[eé]l[eé]gu[eé]e?s?|n[eé]gociat\w+|m[eé]diat\w+|t[eé]moins?|journalistes?|"
        r"militante?s?|instituteur|pr[eê]tres?|imams?|pasteurs?|anciens?|voisine?s?|fr[eè]res?|soeurs?|mari|femme|"
        r"fils|adjointe?|gardes?|b[eé]n[eé]voles?|observateurs?|participante?s?|membres?|repr[eé]sentante?s?|chefs?|"
        r"maire|informat\w+|survivante?s?|victimes?"
    ),
    Sign.NEAR: (
        r"(?:devant|derri[eè]re|dans|pr[eè]s de|autour de|sous|en face de|[aà]|sur) ?(?:chez|la|le|l'|les|du|de la|"
        r"ma|mon|notre|nos)? ?(?:porte|portail|maison|h[oô]tel|salle|b[aâ]timent|bureau|[eé]glise|mosqu[eé]e|"
        r"[eé]cole|fen[eê]tres?|couloir|escalier|camp|village|rue|cour|table|r[eé]sidence|march[eé])|devant chez|"
        r"chez (?:moi|nous)|dehors|en bas|ici|dans la salle"
    ),
    Sign.HOME: (
        r"chez (?:moi|nous|elle|lui|mes \w+|ma \w+|mon \w+)|(?:ma|mon|notre|sa|son|leur|nos|mes) (?:maison|porte|"
        r"immeuble|rue|fen[eê]tres?|chambre|[eé]cole|adresse|appartement|quartier|jardin)|o[uù] (?:j'habite|"
        r"je (?:vis|dors|loge)|nous (?:habitons|vivons|dormons)|(?:mes|nos) enfants|\w+ (?:habite|dort))|"
        r"[aà] quelle heure (?:je|nous)|l'[eé]cole de (?:mes|ma|mon|nos|son)|[eé]cole (?:o[uù] )?(?:vont|va)|"
        r"quelle (?:chambre|[eé]cole)|concierge|propri[eé]taire"
    ),
    Sign.FOLLOWED: (
        r"on a photographi\w+|ont photographi\w+|(?:me|nous|la|l'|le) ?(?:suit|suivent|suivait|suivaient|file|"
        r"filent|surveille\w*|guette\w*|[eé]pie\w*)|m'ont suivie?s?|m'a suivie?|nous (?:a|ont) suivie?s?|(?:suis|"
        r"sommes|est) (?:suivie?s?|surveill[eé]e?s?|fil[eé]e?s?|[eé]pi[eé]e?s?)|derri[eè]re (?:moi|nous)|"
        r"photographi\w+|prend(?:s|re|nent)? des photos|filment? (?:ma|notre|nos|la maison)"
    ),
    Sign.LINGERS: (
        r"assis|note(?:nt)?|all[eé]es et venues|m'attend|gar[eé]e?s?|stationn\w+|attend(?:ent)?|r[oô]d\w+|debout|"
        r"plant[eé]e?s?|moteur|phares|devant|passe(?:nt)? (?:lentement|et repasse)|repass\w+|en bas|revenue?s?"
    ),
    Sign.WATCHER: (
        r"deux hommes|des hommes|un homme|hommes|voitures?|v[eé]hicule|camionnette|moto|motos|4x4|pick-?up|(?:deux|"
        r"trois|quatre|des|un|le m[eê]me|les m[eê]mes) (?:\w+ )?(?:hommes?|types?|gars|inconnus?|jeunes?|gens)|"
        r"inconnus?|quelqu'un"
    ),
    Sign.AGAIN: (
        r"encore|toujours|m[eê]mes?|chaque (?:soir|jour|nuit|matin|fois)|tous les (?:soirs|jours|matins)|depuis|"
        r"(?:deux|trois|quatre|deuxi[eè]me|troisi[eè]me|\d+e?) (?:jours?|nuits?|soirs?|fois)|partout"
    ),
    Sign.KNOWS: (
        r"sait|savent|savait|connaît|connait|connaissent|a appris|ont appris|demand(?:e|ent|[eé]|aient|ait|er)|"
        r"cherch(?:e|ent|ait|aient) (?:apr[eè]s )?(?:moi|nous|mon|ma)|me cherch\w+|nous cherch\w+|a donn[eé] (?:mon|"
        r"notre)|a trouv[eé]|a cit[eé]|a mentionn[eé]"
    ),
    Sign.VIOLENCE: (
        r"tue[rz]?|tu[eé]e?s?|tuent|tuera|tueront|assassin\w*|abatt\w+|tabass\w*|poignard\w*|br[uû]l(?:er|era|eront|"
        r"[eé]e?s?|ent)|[eé]gorg\w+|lynch\w+|[eé]trangl\w+|enterr(?:er|era|eront)|(?:me|nous|la|le|les) finir|"
        r"la peau|faire taire|r[eé]gler (?:mon|notre|son|leur) compte|va (?:le )?regretter|vais (?:le )?regretter|"
        r"paiera\w*|paieront|morte?s?|mourir|mourra|tortur\w+|violer|massacrer|frapper|attaquer|sang|viendr(?:a|"
        r"ont) (?:me|nous|le|la|les|chercher)"
    ),
    Sign.FORETOLD: (
        r"va|vont|veut|veulent|menac\w+|dit que|a dit|ont dit|disent|la prochaine fois|si je|si nous|si on|"
        r"jur[eé]\w*|pr[eé]ven\w+|averti\w*|promis|message|lettre|mot|appel\w*|[eé]crit|sms|t[eé]l[eé]phone|"
        r"prévoient|sera|serai|serons|seront|\w+eront|\w+era"
    ),
    Sign.SOON: (
        r"ce soir|cette nuit|demain|maintenant|aujourd'hui|tout de suite|d'un(?:e)? (?:moment|minute)|dans (?:une|"
        r"deux|\d+) (?:heures?|minutes?)|ce matin|bient[oô]t|[aà] l'aube|avant l'aube"
    ),
    Sign.WEAPON: (
        r"armes?|pistolets?|fusils?|kalachnikovs?|grenades?|couteaux?|machettes?|bombes?|balles?|cartouches?|"
        r"explosifs?|essence|haches?|b[aâ]tons|gourdins"
    ),
    Sign.DRAWN: (
        r"(?:sort(?:i|ie|ent|ait)?|d[eé]gain\w+|brandi\w*|braqu\w+|point(?:e|ent|ait|[eé]|ant)|agit(?:e|ent|ait|[eé])|tir[eé]) "
        r"(?:\w+ ){0,3}(?:arme(?! lourde)|pistolet|revolver|fusil|kalachnikov|grenade|couteau|machette)"
    ),
    Sign.ARMED: (
        r"combattants?|hommes arm[eé]s|soldats?|milici?ens?|milice|masqu[eé]s|cagoul[eé]s|foule|police|gendarmes?|"
        r"assaillants?|hommes en|inconnus|un (?:d[eé]l[eé]gu[eé]|homme|invit[eé]|participant|type)|des hommes"
    ),
    Sign.FIRE: (
        r"tirs?|coups? de feu|fusillade|obus|roquettes?|explosions?|bombardements?|bombes?|flammes|en feu|drones?|"
        r"[cç]a tire|incendie|rafales?|snipers?"
    ),
    Sign.SHELTER: (
        r"sous (?:les|la|le) (?:lits?|tables?|bureaux?|escaliers?)|cach[eé]e?s?|se cache\w*|dans la cave|"
        r"[aà] la cave|au sous-sol|enferm[eé]e?s?|pi[eé]g[eé]e?s?|encercl\w+|entour\w+|bloqu[eé]e?s?|coinc[eé]e?s?|"
        r"barricad\w+|ne pouvons pas sortir|impossible de sortir|assi[eé]g\w+|[aà] terre|couch[eé]s"
    ),
    Sign.TAKEN: (
        r"ils ont (?:l'|notre|mon|ma)\w*|veulent de l'argent|fait descendre|partis avec (?:lui|elle)|enlev[eé]e?s?|"
        r"kidnapp[eé]e?s?|arr[eê]t[eé]e?s?|d[eé]tenue?s?|embarqu[eé]e?s?|captur[eé]e?s?|retenue?s?|emmen[eé]e?s?|"
        r"ils ont (?:pris|emmen[eé]|embarqu[eé])|l'ont (?:pris|prise|emmen[eé]e?|embarqu[eé]e?|arr[eê]t[eé]e?)|"
        r"en garde [aà] vue|otages?|ran[cç]on|fait descendre|séquestr\w+"
    ),
    Sign.FORCE: (
        r"barrage|check-?point|caserne|minist[eè]re|cave|sous-sol|cagoul\w+|arm[eé]s?|soldats?|police|milic\w+|"
        r"gendarm\w+|camionnette|de nuit|hommes|fronti[eè]re|services|prison|cellule|menott\w+|ran[cç]on|"
        r"commissariat|inconnus"
    ),
    Sign.SILENT: (
        r"t[eé]l[eé]phone (?:est )?(?:[eé]teint|coup[eé]|mort)|ne r[eé]pond (?:pas|plus)|sans nouvelles|"
        r"aucune nouvelle|pas (?:de nouvelles|rentr[eé]e?s?|revenue?s?|arriv[eé]e?s?)|(?:n'est|ne sont) (?:pas|"
        r"jamais|plus|toujours pas) \w+|disparue?s?|introuvables?|injoignables?|personne ne (?:sait|l'a)|"
        r"plus de contact|on ne sait pas o[uù]"
    ),
    Sign.LATE: (
        r"devait|aurait d[uû]|attendue?s?|depuis (?:hier|ce matin|midi|\w+)|heures?|hier|ce matin|cette nuit|"
        r"du village|de la route|en route|retard|barrage|fronti[eè]re|jours?"
    ),
    Sign.BODY: (
        r"poitrine|ambulance|gris|est gris|ne respire|saigne\w*|sang|ne respire (?:pas|plus)|n'arrive (?:pas|"
        r"plus) [aà] respirer|inconsciente?s?|[eé]vanouie?s?|s'est (?:effondr[eé]e?|[eé]croul[eé]e?)|"
        r"perdu connaissance|crise cardiaque|malaise|douleurs? (?:[aà]|dans) la poitrine|avc|convuls\w+|"
        r"bless[eé]e?s?|poignard[eé]e?s?|l[eè]vres|empoisonn\w+|fracture\w*|br[uû]l[eé]e?s?|ne (?:bouge|r[eé]agit|"
        r"r[eé]pond) (?:pas|plus)|tomb[eé]e? (?:par terre|au sol)|[eé]touffe\w*|avale?\w*"
    ),
    Sign.ASSAULT: (
        r"coinc[eé]e|embrass[eé]e|m'a touch[eé]e|me frappe|me bat|viol[eé]e?s?|agress[eé]e?s?|agression sexuelle|"
        r"attouchements?|touch[eé]e?|forc[eé]e?|abus[eé] d\w+|main (?:sur|autour de|dans) (?:la|ma|sa) (?:gorge|"
        r"cuisse|bouche|jupe)|mains? (?:sur|autour)|plaqu[eé]e?|embrass[eé]e? de force|frapp[eé]e?|gifl[eé]e?|"
        r"[eé]trangl[eé]e?|d[eé]shabill\w+|drogu[eé]e?"
    ),
    Sign.UNWANTED: (
        r"(?:est )?(?:entr[eé]e?|venue?|rentr[eé]e?) (?:dans|[aà])|frapp(?:e|[eé]) [aà]|a verrouill[eé]|"
        r"ferm[eé] (?:la porte )?[aà] cl[eé]|refus\w+ de (?:partir|sortir)|j'ai dit non|elle a dit non|"
        r"n'ai (?:rien dit|dit [aà] personne)|n'en ai parl[eé]|[aà] qui (?:le dire|parler)|honte|ivre"
    ),
    Sign.ROOM: (r"(?:ma|sa|la) chambre|h[oô]tel|nuit|seule?|couloir|ascenseur|voiture|tente|hier soir|douche"),
    Sign.DEVICE: (
        r"t[eé]l[eé]phones?|portables?|ordinateurs?|ordi|tablette|cl[eé] usb|cl[eé]|carnets?|cahiers?|sacs?|sacoche|"
        r"dossiers?|appareil|enregistre\w+|papiers|fichiers?|documents?|courriels?|mails?|compte|disque dur|disque|"
        r"valise|whatsapp|agenda"
    ),
    Sign.LOST: (
        r"arrach[eé]|saisi|perdue?s?|vol[eé]e?s?|oubli[eé]e?s?|laiss[eé]e?s?|confisqu\w+|saisie?s?|pris(?:e|es)?|"
        r"pirat\w+|hack\w+|cambriol\w+|fouill\w+|copi[eé]e?s?|disparue?s?|arrach[eé]e?s?|introuvables?"
    ),
    Sign.CONFIDED: (
        r"informateurs?|villages|noms?|listes?|t[eé]moign\w+|contacts?|entretiens?|enregistrements?|adresses?|"
        r"num[eé]ros?|identit[eé]s?|photos? des?|sources?|ceux qui (?:ont )?\w+|celles qui|d[eé]clarations?|"
        r"o[uù] (?:ils|elles) (?:se cachent|vivent|dorment)"
    ),
    Sign.SOURCE: (
        r"t[eé]moins?|survivant\w*|victimes?|sources?|informat\w+|lanceu\w+ d'alerte|t[eé]moign\w+|qui (?:nous|m'|"
        r"m'a|nous a|ont|a) ?(?:\w+ )?(?:parl[eé]|dit|racont[eé]|pr[eé]venu|aid[eé]|montr[eé])|en (?:secret|"
        r"confidence)|interm[eé]diaire|promis de prot[eé]ger"
    ),
    Sign.EXPOSED: (
        r"(?:au|dans le|sur le) mauvais (?:groupe|fil|canal|num[eé]ro)|(?:[aà] la|dans la) mauvaise (?:adresse|personne|conversation|d[eé]l[eé]gation)|qui nous a (?:renseign[eé]s|parl[eé])|ils savent|(?:ils|elles|tout le monde|on|il|le village) (?:savent|"
        r"sait|ont (?:d[eé]couvert|appris|compris|su)|a (?:d[eé]couvert|appris|compris))|(?:lu|cit[eé]|donn[eé]|"
        r"publi[eé]|diffus[eé]|montr[eé]|affich[eé]|lit|publie|cite|annonc[eé]) (?:\w+ ){0,3}(?:noms?|photos?|"
        r"visages?|adresses?|identit\w+)|(?:noms?|photos?|visages?) (?:\w+ ){0,4}(?:publi[eé]|affich[eé]|diffus[eé]|"
        r"cit[eé]|lue?s?)|d[eé]masqu\w+|identifi[eé]e?s?|reconnue?s?|d[eé]nonc\w+|grill[eé]e?s?"
    ),
    Sign.NAMED: (
        r"(?:mon|notre|son|leur) nom (?:\w+ ){0,4}(?:sur|dans|figure|est)|liste (?:noire|de mort|des tra[iî]tres|"
        r"à abattre)|avec mon nom|(?:photo|image) de (?:ma|mon|notre|mes|sa)|(?:ma|sa|notre) (?:photo|tombe)|"
        r"cercueil|couronne (?:mortuaire|de fleurs|fun[eé]raire)|condol[eé]ances"
    ),
    Sign.DESPAIR: (
        r"lettres? [aà] (?:chacun|tous)|sur le pont|me r[eé]veiller demain|me tuer|se tuer|me suicider|suicid\w+|"
        r"en finir(?: avec (?:la vie|tout))?|mettre fin [aà] (?:mes|ses) jours|plus envie de vivre|ne (?:veux|"
        r"veut) plus (?:vivre|[eê]tre l[aà]|me r[eé]veiller)|envie de mourir|voudrais (?:mourir|"
        r"ne plus (?:me r[eé]veiller|exister))|mieux sans moi|plus de raison de vivre|plus la force de vivre|"
        r"disparaître pour (?:toujours|de bon)|[aà] quoi bon vivre|dire adieu|lettre d'adieu|"
        r"ne plus (?:me r[eé]veiller|exister)"
    ),
    Sign.WORN: (
        r"(?:je )?n'en peux plus|n'y arrive plus|ne (?:peux|tiens|supporte) plus|plus la force|"
        r"au bout (?:du rouleau|de mes forces)|fatigu[eé]e? de (?:tout|vivre)|[aà] bout|plus d'issue|tout abandonner"
    ),
    Sign.WHOLE: (
        r"tout|pas seulement le (?:travail|boulot)|vie|vivre|m[eé]dicaments|comprim[eé]s|corde|pont|adieu|sans moi|"
        r"toujours|dormir|r[eé]veill\w+"
    ),
    Sign.MENACE: (
        r"(?:re[cç]u|eu|une|des|sa|leur) menaces?|(?:nous|m'|l'|les|le|la)? ?(?:a|ont) (?:\w+ )?(?:menac[eé]e?s?|"
        r"attaqu[eé]e?s?)|menac[eé]e?s?|attaqu[eé]e?s?|on (?:nous|m')a attaqu\w+|vien(?:t|nent) (?:nous|me|le|la|"
        r"les) (?:chercher|prendre)|(?:a|ont) explos[eé]|explosion|attentat|embuscade|en danger|"
        r"pas en s[eé]curit[eé]|peur pour|viennent pour"
    ),
    Sign.TARGET: (
        r"(?:est|suis|sommes|devenue?s?) (?:\w+ )?(?:une cible|la cible|vis[eé]e?s?|le prochain|la prochaine)|"
        r"dans (?:leur|le) (?:viseur|collimateur)|cibl[eé]e?s?|t[eê]te (?:est )?mise [aà] prix|(?:son|mon|"
        r"notre) tour|prot[eé]ger (?:encore|plus longtemps)|ne (?:peux|pouvons) plus (?:la|le|les) prot[eé]ger"
    ),
    Sign.LOSS: (
        r"(?:nous avons|on a|j'ai|ils ont) perdu (?:un|une|deux|trois|quatre|quelqu'un|des|\d+|l'un|mon|notre)|(?:a|"
        r"ont) disparu|disparue?s?|introuvables?|personne ne (?:peut|arrive)|plus (?:de )?joignables?|touch[eé]e?s?|"
        r"n'(?:a|ont) pas surv\w+|des pertes|ne reviendra"
    ),
    Sign.OMEN: (
        r"profite\w* bien|derni(?:er|[eè]re) (?:vendredi|jour|semaine|nuit|avertissement|chance|\w+di)|dis(?:-|"
        r" )leur adieu|un accident est (?:vite|si vite)|les accidents arrivent|prends? soin de|comment va (?:ta|ton|"
        r"votre|ma|mon)|ce serait dommage|attention [aà] (?:vous|toi|ta|votre)|en souriant|(?:un )?(?:chat|chien|"
        r"oiseau|coq) mort|pneus? (?:crev[eé]s?|lac[eé]r[eé]s?)|freins? (?:coup[eé]s?|sabot[eé]s?)|une balle|"
        r"ruban noir|croix (?:\w+ )?sur (?:ma|notre)|restez chez vous|reste chez toi|tais-toi|(?:une )?photo de"
    ),
    Sign.MARKED: (
        r"(?:me|nous|le|la) (?:tuer|tuera|tueront|descendre|br[uû]ler)|va (?:me|nous|le|la) tuer|"
        r"(?:t[eê]te|tete) (?:est )?mise [aà] prix|prix sur (?:ma|sa|notre) t[eê]te|r[eé]compense pour|"
        r"se d[eé]barrasser de|ordre de (?:me|le|la|nous)|(?:deux|trois|\d+) (?:jours|heures) pour (?:partir|"
        r"quitter)|laver\w* (?:la honte|l'honneur|l'affront)|dans le sang|(?:je suis|c'est moi|il est|"
        r"elle est) (?:le |la )?prochaine?|sinon|ou bien (?:ils|nous|il)|quitter (?:la ville|le pays) avant|"
        r"tra[iî]tre"
    ),
    Sign.CLOSING_IN: (
        r"escalad\w+|d[eé]fonc\w+|forc(?:ent|[eé]) la porte|maison par maison|de porte en porte|cri(?:e|ent|s|er)|"
        r"hurl\w+|d[eé]tonations?|approch\w+|montent|s'avancent|nous ont (?:arr[eê]t[eé]s|bloqu[eé]s)|"
        r"pointe\w* (?:son|une|sur)|vis(?:e|ent) (?:avec|nous)|pierres|cass(?:ent|[eé])|foule|fouillent|cherchent"
    ),
    Sign.MISSING_SHELTER: (
        r"nulle part|pas (?:d'ambulance|de m[eé]decin|de r[eé]seau|d'h[oô]pital|de secours)|"
        r"personne (?:ici )?n'est m[eé]decin|aucun (?:m[eé]decin|secours)|personne [aà] qui|ne nous laissent pas|"
        r"peur de (?:rentrer|sortir|dormir)|terrifi\w+|pleur\w+|en pleurs"
    ),
    Sign.PLACE: (
        r"h[oô]tel|chambre|salle|b[aâ]timent|bureau|[eé]glise|mosqu[eé]e|camp|village|rue|cour|voiture|bus|portail|"
        r"porte|couloir|ascenseur|toilettes|escaliers?|toit|balcon|route|pont|fleuve|convoi|abri|march[eé]|[eé]cole|"
        r"immeuble|fronti[eè]re|a[eé]roport|barrage|cave|caf[eé]|quartier|cr[eè]che"
    ),
    Sign.HELP: r"aide[zr]?(?:-nous|-moi)?|au secours|s'il vous pla[iî]t|svp|que faire|vite|urgent",
    Sign.METHOD: (
        r"comment|que (?:doit|faire|dois|peut|r[eé]pond\w+|dit)|quels?|quelles?|qu'est-ce|pourquoi|faut-il|peut-on|"
        r"doit-on|est-ce|y a-t-il|exemples?|en g[eé]n[eé]ral|d'habitude"
    ),
    Sign.PROCESS: (
        r"pourparlers|n[eé]gociations?|n[eé]gocier|accords?|cessez-le-feu|tr[eê]ve|clauses?|articles?|propositions?|"
        r"textes?|mandat|processus|m[eé]diation|dialogue|pl[eé]ni[eè]re|ordre du jour|amnistie|parlement|"
        r"constitution|[eé]lections?|budget|d[eé]lai|calendrier|commission|d[eé]l[eé]gations?|s[eé]ance|annexe|"
        r"brouillon|projet|table"
    ),
    Sign.PRESS: (
        r"presse|m[eé]dias?|journa\w+|radio|t[eé]l[eé]vision|tweet\w*|r[eé]seaux|internet|ministre|opposition|"
        r"gouvernement|porte-parole|conseil|sanctions|parti"
    ),
    Sign.PAST: (
        r"il y a (?:\w+ )?(?:ans|mois)|en (?:19|20)\d\d|quand j'[eé]tais|pendant la guerre|l'ann[eé]e derni[eè]re|"
        r"autrefois|[aà] l'[eé]poque|pr[eé]d[eé]cesseur|(?:dix|vingt|cinq) ans"
    ),
    Sign.IMAGE: (
        r"tu(?:er|e|era|eront) (?:l'accord|le processus|le texte|la n[eé]gociation|l'id[eé]e|les pourparlers)|"
        r"bombe [aà] retardement|(?:est|c'est) une bombe|otages? (?:du|de la|avec|par)|en otage|"
        r"couteau sous la gorge|pistolet sur la tempe|torpill\w+|fusill[eé]s? (?:de|par)|mitraill\w+ de questions|"
        r"mort-n[eé]|[aà] l'agonie|sous le feu (?:des|de la)|champ de min\w+|explosi(?:f|ve)s?|"
        r"descendre par la presse|attaqu[eé]s? (?:dans|par) (?:la|les) (?:presse|m[eé]dias|journaux)|"
        r"menac\w+ de (?:quitter|partir|claquer|se retirer|boycott\w+|d[eé]missionner|sanctions)|"
        r"enterr\w+ (?:l'accord|le texte|le projet)"
    ),
    Sign.LEAVING: (
        r"quitt\w+ (?:la table|la salle|les pourparlers|les n[eé]gociations)|claqu\w+ la porte|retir\w+|boycott\w*|"
        r"suspend\w*|refus\w+ de"
    ),
}
