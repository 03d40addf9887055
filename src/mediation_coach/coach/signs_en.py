"""Signs of danger in English: whole words, over folded text (see `signs`)."""

from __future__ import annotations

from collections.abc import Mapping

from mediation_coach.coach.signs import Sign

WORDS: Mapping[Sign, str] = {
    Sign.SELF: r"i|i'm|i've|i'll|im|me|my|myself|we|we're|we've|us|our|ours|mine",
    Sign.CLOSE: (
        r"(?:my|our|his|her|their) (?:\w+ )?(?:wife|husband|partner|child|children|kids?|son|sons|daughters?|"
        r"bab(?:y|ies)|mother|mum|mom|father|dad|parents|brothers?|sisters?|cousins?|uncle|aunt|nephew|niece|family|"
        r"families|relatives?|grand\w+|girls|boys|little \w+|friends?|colleagues?|driver|interpreter|translator|"
        r"assistant|team|staff|people|delegates?|deputy|boss|guards?|neighbou?rs?|guests?|volunteers?|source|"
        r"contact|fixer)|a colleague|one of (?:us|ours|my|our)\b.{0,20}"
    ),
    Sign.SOMEONE: (
        r"he|she|him|her|someone|somebody|man|men|woman|women|girls?|boys?|child|children|people|person|colleagues?|"
        r"interpreters?|translators?|drivers?|delegates?|negotiators?|mediators?|facilitators?|advisers?|advisors?|"
        r"assistants?|witness(?:es)?|journalists?|activists?|teachers?|priests?|imams?|pastors?|monks?|nuns?|"
        r"bishops?|elders?|nurses?|doctors?|neighbou?rs?|friends?|brothers?|sisters?|husband|wife|sons?|daughters?|"
        r"mother|father|deputy|staff|guards?|secretary|volunteers?|observers?|monitors?|officers?|villagers?|"
        r"participants?|members?|guests?|clerk|cook|engineers?|lawyers?|trainers?|students?|representatives?|"
        r"spokes\w+|leaders?|chief|mayor|liaison|informants?|sources?|survivors?|victims?"
    ),
    Sign.NEAR: (
        r"(?:at|outside|in front of|behind|by|near|inside|in|around|into|through|on|opposite|next to|"
        r"under) (?:of )?(?:the|my|our|his|her|their|this) (?:\w+ )?(?:gate|gates|doors?|house|home|hotel|room|hall|"
        r"building|office|compound|church|mosque|temple|school|window|lobby|corridor|stairs|camp|village|street|"
        r"yard|garden|car|bus|guest ?house|venue|residence|table|station|clinic|market|wall|roof)|outside|"
        r"downstairs|upstairs|next door|at the door|across the (?:street|road)|in the (?:room|building|corridor)|"
        r"here"
    ),
    Sign.HOME: (
        r"(?:my|our|his|her|their|the \w+'s) (?:\w+ ){0,2}(?:house|home|flat|apartment|door|gate|window|street|room|"
        r"bedroom|garden|yard|school|doorstep|fence|wall|mailbox|letter ?box|village|address|office|route)|"
        r"where (?:i|we|he|she|they|my \w+|our \w+|the \w+) (?:live|lives|sleep|sleeps|stay|stays|go|goes|went|work|"
        r"works|pray|prays|study|studies)|which (?:room|house|school|bus|street|floor)|what time (?:i|we|he|she|"
        r"they|my \w+)|(?:kids?|children|son|daughter)'?s?'? (?:school|kindergarten|bus)|go(?:es)? to school|"
        r"landlord|landlady|receptionist|babysitter|guest ?house"
    ),
    Sign.FOLLOWED: (
        r"photographed (?:my|our|me|us|him|her)|pictures? of (?:my|our|me|her|his)|photographs? of (?:my|our|me|her|"
        r"his)|hovers?|keeps? coming|waited for (?:me|us)|sits? opposite|follow(?:s|ed|ing)? (?:me|us|him|her|"
        r"my \w+|our \w+)|(?:being|been|am|are|is|was|get|got) (?:followed|watched|tailed|shadowed|filmed|stalked|"
        r"trailed)|tail(?:s|ed|ing) (?:me|us|him|her)|(?:was|been|drove|rode|walked|stayed) (?:right |just |"
        r"always )?behind (?:me|us|him|her)|watch(?:es|ed|ing) (?:me|us|my|our|who comes|who goes)|stalk(?:s|ed|"
        r"ing)?|(?:takes?|taking|took|make|makes|taken) (?:pictures|photos|photographs) of|(?:photograph|film)(?:s|"
        r"ed|ing) (?:me|us|my|our|who|the (?:house|door|gate|children))"
    ),
    Sign.LINGERS: (
        r"stands?|standing|stood|waits?|waiting|waited|parked|parks|sits|sitting|hang(?:s|ing) around|hung around|"
        r"loiter\w*|circl(?:es|ing|ed)|(?:came|drove|drives|walks?|walked|going|goes|went|passes|passed) (?:past|by|"
        r"slowly)|outside|drone|engine|lights off|watching"
    ),
    Sign.WATCHER: (
        r"(?:\w+ )?(?:car|van|truck|jeep|pick-?up|vehicle|suv|taxi|motorbikes?|motorcycles?|motor bike|bike|bikes|"
        r"scooter|moto)|(?:two|three|four|some|a few|several|unknown|strange|same|the same|young|those|"
        r"plain ?clothes) (?:\w+ )?(?:men|man|people|guys|boys|faces?|strangers)|a (?:\w+ )?(?:man|boy|stranger|"
        r"guy)|strangers?"
    ),
    Sign.AGAIN: (
        r"again|same|still|every (?:day|night|evening|morning|time)|each (?:day|night|evening|morning)|(?:second|"
        r"third|fourth|fifth|two|three|four|five|several|\d) (?:days?|nights?|evenings?|times?|mornings?|weeks?)|"
        r"all (?:day|night|week)|since (?:\w+ )?(?:\w+day|yesterday|last|morning|the)|always|keeps?|everywhere"
    ),
    Sign.KNOWS: (
        r"knows?|knew|found out|find out|found (?:me|us|him|her|my|our)|ask(?:ed|s|ing)? (?:\w+ ){0,4}(?:where|"
        r"which|what time|when|who|about)|looking for (?:me|us|him|her|them|my|our)|wants? to know|has (?:my|our|"
        r"her|his) address|gave (?:him|them) (?:my|our)|recited|listed|described|described|mention(?:ed|s|ing)?"
    ),
    Sign.VIOLENCE: (
        r"kill(?:s|ed|ing)?|murder(?:s|ed|ing)?|shoot(?:s|ing)?|shot|hurt(?:s|ing)?|harm(?:s|ed|ing)?|beat(?:s|en|"
        r"ing)?|stab(?:s|bed|bing)?|burn(?:s|ed|t|ing)?(?: down)?|cut (?:my|our|his|her|their|your|off) \w+|"
        r"throats?|slaughter(?:ed|ing)?|lynch(?:ed|ing)?|strangl\w+|chok(?:ed|ing)|slit|bury|finish (?:me|us|him|"
        r"her|you|them)|finish(?:ed)? off|he'd finish|deal with (?:me|us|her|him|you)|pay for (?:it|this|that|with)|"
        r"will regret|dead|torture[ds]?|rape[ds]?|blow (?:us|me|the \w+) up|blood|break (?:my|our|his|her|your) \w+|"
        r"wants? (?:me|us|him|her) (?:dead|gone)|come (?:for|after) (?:me|us|him|her|them|the \w+|my|our)|get (?:me|"
        r"us|him|her) (?:tonight|tomorrow|soon|next)|attack"
    ),
    Sign.FORETOLD: (
        r"will|'ll|going to|gonna|would|want(?:s|ed)? (?:to|me|us|him|her)|plan(?:s|ned|ning)? to|threat(?:s|en|ens|"
        r"ened|ening|eningly)?|says? (?:he|she|they)|said (?:he|she|they|that|on|in|next|if|it|to)|next time|"
        r"if (?:i|we|he|she|they|you|my)|or else|swore|swear|warn(?:s|ed|ing)?|promis(?:ed|es)|unless|before i|"
        r"before we|message(?:s|d)?|text(?:ed)?|letter|note|call(?:ed|s)?|wrote|written|told (?:me|us|him|her|my|"
        r"our)|whisper(?:s|ed)|phon(?:e|ed)|heard|voice|painted|wall|sms|whatsapp|envelope|rang"
    ),
    Sign.SOON: (
        r"tonight|tomorrow|now|right now|this (?:evening|night|morning|afternoon|minute)|any minute|soon|in (?:an?|"
        r"one|two|a few|\d+) (?:hours?|minutes?)|today|at (?:night|dawn|midnight|noon|two|three|\w+ o'clock)|"
        r"before (?:dawn|morning|friday|\w+day)|last \w+day|her last|his last|after (?:dark|the prayer|prayers|"
        r"mass)|just"
    ),
    Sign.WEAPON: (
        r"guns?|pistols?|revolvers?|rifles?|kalashnikovs?|ak-?47s?|grenades?|knife|knives|machetes?|weapons?|bombs?|"
        r"bullets?|cartridges?|explosives?|shotguns?|axes?|petrol|gasoline|clubs|sticks|mines?|acid|blade|firearm"
    ),
    Sign.DRAWN: (
        r"(?:pull(?:ed|s|ing)?|draw(?:s|n|ing)?|drew|whipp?ed|(?:took|takes?|taken|taking|got|getting) out|"
        r"wav(?:ed|es|ing)|brandish(?:ed|es|ing)?|point(?:ed|s|ing)|aim(?:ed|s|ing)|cock(?:ed|s|ing)) (?:out )?"
        r"(?:\w+ )?(?:\w+ )?(?:gun|pistol|revolver|rifle|kalashnikov|ak-?47|grenade|knife|machete|weapon|shotgun|blade|"
        r"firearm)"
    ),
    Sign.ARMED: (
        r"armed (?:boys|youths|men|guards)|boys with|bodyguards?|masks|security men|plain-?clothes|men in|fighters?|"
        r"gunm[ae]n|soldiers?|militia(?:men|s)?|armed (?:men|people|group|boys|youths?)|masked(?: men)?|mob|crowd|"
        r"police|policemen|commander'?s? (?:men|people|boys)|men (?:with|in)|thugs|attackers|troops|paramilitar\w+|"
        r"uniform(?:s|ed)?|boys with|youths with|men with|one of|a (?:delegate|man|guest|participant)"
    ),
    Sign.FIRE: (
        r"shots?(?! down)|gunfire|gunshots?|shooting|shelling|shells?|mortars?|rockets?|explosions?|air ?strikes?|"
        r"bombing|bombardment|bombs?|flames?|on fire|fire bombs?|petrol bombs?|drones?|snipers?|firing|burning"
    ),
    Sign.SHELTER: (
        r"under the (?:bed|beds|table|tables|desk|desks|stairs)|hid(?:e|es|ing|den)|in the (?:cellar|basement|"
        r"bathroom|toilet|cupboard|shelter|bunker)|locked (?:in|ourselves|myself|himself|herself|the door|"
        r"ourselves)|trapped|surround(?:ed|s|ing)|can(?:'t|not) (?:get out|leave|go out)|stuck|barricaded|we(?:'re|"
        r" are) (?:\w+ ){0,3}(?:inside|in here|in the \w+|on the floor|lying)|cut off|no way out|besieged|encircled|"
        r"about \w+ (?:people|of us)"
    ),
    Sign.TAKEN: (
        r"took \w+ (?:with them|away)|led away|pushed (?:me|him|her|into|in)|was pushed into|keeping (?:us|him|her|"
        r"me)|they(?:'ve| have) got (?:the|my|our|him|her)|want money|one of us to get out|(?:has |have |had |been |"
        r"was |were |is |are |got |being |they |just )+(?:\w+ )?(?:abducted|kidnapped|detained|arrested|seized|"
        r"captured|held|grabbed|dragged|snatched|taken|picked up|captive|in custody)|abducted|kidnapped|(?:took|"
        r"taken|dragged|pulled|grabbed|snatched|seized|picked up|bundled) (?:\w+ ){1,4}(?:away|off|out|from|into|"
        r"at the (?:check|road|gate|border|airport))|they(?:'ve| have)? (?:took|taken|got|hold|holding) (?:my|our|"
        r"him|her|one|two|three|the|us|\w+ of)|held (?:in|by|at|without|since|for)|hold(?:s|ing)? (?:my|our|him|her|"
        r"me|us)|ransom"
    ),
    Sign.FORCE: (
        r"checkpoint|road ?block|barracks|ministry|basement|masked|armed|soldiers?|police|militia\w*|fighters?|"
        r"gunm[ae]n|van|at night|men|security service|intelligence|secret service|guards|handcuff\w*|blindfold\w*|"
        r"hood|ransom|prison|cell|station|army|unknown|commander"
    ),
    Sign.SILENT: (
        r"phone(?:'s| is| was)? (?:off|dead|switched off|silent)|(?:does|do|did)(?:n't| not) (?:answer|pick up|"
        r"reply)|isn't answering|not answering|no (?:answer|news|word|sign|contact)|(?:has|have|"
        r"had)n'?t? (?:not )?(?:come|been|called|returned|arrived|checked|shown|answered|turned|made)|(?:has|have|"
        r"is|are) (?:not|been) (?:come|back|returned|arrived|heard|seen)|missing|disappeared|vanished|"
        r"never (?:arrived|came|made it|returned|reached)|did(?:n't| not) (?:come|return|arrive|reach|make it|show|"
        r"get)|lost contact|can(?:'t|not) (?:reach|find)|nobody (?:knows|has seen|can reach)|no one (?:knows|"
        r"has seen|can reach|tells)|(?:we|i) (?:don't|do not) know where|gone"
    ),
    Sign.LATE: (
        r"due|supposed|should have|expected|since (?:\w+ )?(?:morning|noon|yesterday|last|\w+day|dawn)|hours?|(?:at|"
        r"by) (?:noon|night|dark|nine|ten|eight|seven|midnight)|still|always (?:calls|writes|answers)|never (?:late|"
        r"happens)|yesterday|this morning|last night|tonight|from the (?:village|checkpoint|field|border|meeting|"
        r"mission|front)|on the (?:road|way)|overdue|border|road|checkpoint|day(?:s)?"
    ),
    Sign.BODY: (
        r"chest|clutched|went grey|pale|sweating|ambulance|isn't waking|not waking|hardly answering|fell and|"
        r"bleed(?:s|ing)?|blood(?:y)? (?:everywhere|on|from|all)|losing (?:a lot of )?blood|can(?:'t|not) breathe|"
        r"not breathing|stopped breathing|hardly breath\w+|trouble breathing|unconscious|passed out|faint(?:ed|s|"
        r"ing)|collapsed|not (?:waking|responding|moving)|won't wake|(?:does|did)n't wake|heart attack|"
        r"chest (?:pain|pains)|pain in (?:his|her|my|the) chest|(?:his|her|my) chest|stroke|seizure|convuls\w+|"
        r"fits?|lips are|turn(?:ed|ing) (?:blue|grey|white)|overdose|poison(?:ed)?|swallowed|wound(?:ed|s)?|"
        r"injur(?:ed|y|ies)|gunshot wound|(?:was|been|is|got) (?:shot|stabbed|hit|run over|burned)|broken (?:leg|"
        r"arm|bone|skull|ribs?)|in labou?r|waters? broke|diabet\w+|insulin|foam\w*|choking|on the (?:floor|ground)|"
        r"no pulse|burns"
    ),
    Sign.ASSAULT: (
        r"grabbed (?:me|my|her)|tongue in|tries the handle|woke up without|without my clothes|put his|beats (?:me|"
        r"her|my)|while (?:i|she|we) slept|rap(?:ed|ing|es)|sexually (?:assault\w*|abus\w*|harass\w*)|"
        r"sexual (?:assault|abuse)|grop(?:ed|ing)|molest(?:ed|ing)|forced (?:himself|herself|me|her|him) (?:on|to|"
        r"onto|into)|abused (?:me|her|him|us)|touch(?:ed|es|ing) (?:me|her|him|my|between)|pinned (?:me|her|him)|"
        r"(?:hand|hands) (?:on|around|over|up|under) (?:my|her|his) (?:throat|neck|mouth|skirt|leg|thigh|breast)|"
        r"pushed (?:me|her|him) (?:against|onto|into|on)|kissed (?:me|her)|tore (?:my|her)|beat (?:me|her|him|my|"
        r"our)|hit (?:me|her|him)|slapped|strangled|choked (?:me|her|him)|undress\w*|took off (?:my|her)|drugged"
    ),
    Sign.UNWANTED: (
        r"came (?:in|into|to)|comes (?:in|into|to)|enter(?:ed|s)|knock(?:ed|s|ing)|locked the door|would(?:n't|"
        r" not) (?:leave|let|stop)|followed (?:me|her)|tried to|waited (?:for me|in|by)|got into|climbed|"
        r"pushed his way|has a key|i said no|she said no|said no|haven't told|have not told|told (?:no one|nobody)|"
        r"don't know who to tell|ashamed|drunk"
    ),
    Sign.ROOM: (
        r"(?:my|her|his|the) (?:hotel )?(?:room|bedroom|tent|bathroom)|hotel|at night|last night|alone|corridor|"
        r"lift|elevator|car|tent|bathroom|shower|dark"
    ),
    Sign.DEVICE: (
        r"phones?|cell ?phone|mobile|smart ?phone|laptops?|computers?|tablet|usb(?: stick| key| drive)?|"
        r"memory (?:stick|card)|sd card|hard (?:disk|drive)|flash drive|stick|notebooks?|note ?books?|diary|bags?|"
        r"backpack|rucksack|briefcase|folder|camera|recorder|recordings?|papers|files?|documents?|e-?mails?|"
        r"mail ?box|account|whatsapp|telegram|signal|drive|server|suitcase|handbag|purse|envelope|book|archive|cloud"
    ),
    Sign.LOST: (
        r"snatched|opened by|wrong (?:address|person|number|e-?mail|group)|sent (?:it|the list|the file)|"
        r"on facebook|stolen|kept (?:my|our)|los(?:t|e|es|ing)|stol(?:e|en)|steal|missing|gone|left (?:my|our|the|"
        r"her|his|it|a|in|on|at|behind)|forg(?:ot|otten|et)|took|taken|takes|seized|confiscat(?:ed|es|ing)|"
        r"hack(?:ed|er|ers|ing)?|broke(?:n)? into|break-in|robbed|robbers|snatched|grabbed|can(?:'t|not) find|"
        r"disappeared|copied|searched|someone (?:else )?(?:logged|read|opened)|logged in|kept|went through|"
        r"at the checkpoint|dropped|fell out|leaked|stolen"
    ),
    Sign.CONFIDED: (
        r"informants?'?|villages|complainants?|defect|protected witnesses|safe house|interview files|encrypted|"
        r"names?|list|lists|testimon(?:y|ies)|statements|contacts|interviews?|recordings?|addresses|numbers|"
        r"identit(?:y|ies)|photos of|faces|sources?|real names|who (?:told|spoke|talked|testified|said)|"
        r"conversations with|chats? with|messages (?:from|with|of)|notes (?:from|of|with)|signatures|"
        r"everything (?:they|the|she|he)|where they (?:live|hide|are|sleep)|safe ?house|route|hiding"
    ),
    Sign.SOURCE: (
        r"witness(?:es)?|survivors?|victims?|sources?|informants?|whistle-?blower\w*|testif(?:y|ied|ies)|(?:told|"
        r"spoke to|talked to|warned|helped|confided in|wrote to) (?:us|me|the (?:commission|investigators|team|"
        r"mission|court|un))|the (?:\w+ )?who (?:told|spoke|talked|testified|reported|warned|gave|showed)|"
        r"go-betweens?|(?:our|my|the) (?:contact|insider|fixer)|in (?:confidence|secret)|promised to protect|"
        r"confidential|women who|men who|those who|people who"
    ),
    Sign.EXPOSED: (
        r"(?:to|in|with) the wrong (?:chat|group|channel|thread|address|number|list|people|person|delegation|side)|print(?:ed|s) the|photograph of (?:the|my|our|her|his)|they know|who passed us|mentioned (?:my|our|his|"
        r"her)|read my|aloud to me|address is on|figured out|(?:they|everyone|everybody|people|he|someone|the \w+|"
        r"the \w+ \w+) (?:now )?(?:know|knows|found out|figured out|worked out|realised|realized|learned|"
        r"learnt)(?: now)?(?: (?:it was|who|that|about|which|his|her|their|my|our|where)|\.|,|$)|(?:read|reading|"
        r"said|announced|named|printed|published|posted|broadcast|put|shared|showed|leaked|gave|giving|shouted|"
        r"mentioned|call(?:ed|s|ing)) (?:\w+ ){0,3}(?:the |his |her |my |their |our )?(?:\w+ )?(?:names?|photos?|"
        r"pictures?|faces?|address(?:es)?|identit\w+|village)|been (?:exposed|outed|identified|named|recognised|"
        r"recognized|found out|unmasked|burned|compromised)|(?:was|were|is|are|got) (?:exposed|outed|identified|"
        r"named|recognised|recognized|unmasked|compromised)|blew (?:his|her|my|our) cover|cover is blown|"
        r"recogni[sz]ed (?:him|her|me|us|his|my)|name (?:is|was|and) (?:\w+ )?(?:on|in|out|read)|by name|accus(?:ed|"
        r"ing) (?:him|her|me) of (?:talking|spying|informing)"
    ),
    Sign.NAMED: (
        r"(?:my|our|his|her|their|your) (?:own )?(?:names?|photo|picture|face)(?: (?:is|are|was|were|"
        r"and \w+ name))? (?:\w+ ){0,3}(?:on|in|at|with|under|among)|name (?:is )?(?:on|in) (?:a|the|his|"
        r"their) (?:list|paper|wall|poster|envelope)|(?:death|kill|hit|black) ?list|list (?:at|in|of|with|that|"
        r"on)(?: \w+){0,4} (?:names?|barracks|traitors|enemies)|with my name|(?:number|no\.?) (?:one|two|three|four|"
        r"five|\d+) on|(?:photo|picture|image|drawing) of (?:my|our|her|his)|(?:my|our|her|his) (?:grave|coffin|"
        r"funeral|obituary|wreath)|coffin|funeral wreath|condolence\w*"
    ),
    Sign.DESPAIR: (
        r"better off (?:if i|when i|once i)|if i (?:(?:was|were)(?: just)? not|wasn't|weren't) (?:here|around|alive)|"
        r"hang (?:himself|herself|myself)|letters to everyone|(?:everyone|they) would be better|if i were gone|"
        r"don't want to be here|give(?:s)?(?: away)? (?:his|her|my) \w+ away|gave away|no return ticket|"
        r"staying alive|nobody to call|pills|tablets|on the roof|just want it to stop|thinking about the bridge|"
        r"pistol on the desk|kill(?:ing)? (?:my|him|her)self|hurt(?:ing)? myself|harm(?:ing)? (?:my|him|her)self|"
        r"end(?:ing)? (?:it all|my life|his life|her life|everything)|(?:want|wants|wanted|going|ready|wish|try|"
        r"tried|trying) to (?:end it|die|be dead|disappear for ?ever|sleep for ?ever|not wake up)|want(?:s|"
        r"ed)? to end (?:it|things)|(?:don't|do not|doesn't|no longer|not) want to (?:live|be here|wake up|be alive|"
        r"exist|go on living)|better off (?:without (?:me|him|her)|dead)|no (?:reason|point|sense) (?:to|"
        r"in) (?:liv\w+|go(?:ing)? on|being|continu\w+ to live)|not worth living|suicid\w+(?! (?:mission|note for|"
        r"pact|squad|attack|bomb\w*|vest|clause))|tak(?:e|ing|en) (?:my|his|her) (?:own )?life|jump(?:ing)? (?:off|"
        r"from) (?:the|a)|(?:counted|saved up|collected|took|taken|swallowed) (?:\w+ ){0,4}(?:pills|tablets)|"
        r"(?:won't|will not) be (?:here|around|alive) (?:any ?more|tomorrow|much longer|when|by)|goodbye (?:letter|"
        r"letters|note)|never wake up|not wake up|rather be dead|wish i (?:were|was) dead|nobody would (?:notice|"
        r"miss)|no one would (?:notice|miss)|say(?:ing)? goodbye to (?:everyone|everybody|my)"
    ),
    Sign.WORN: (
        r"can(?:'t|not) (?:do this|do it|go on|take (?:this|it)|bear (?:this|it)|carry (?:this|on)|keep going|"
        r"live like this|see (?:a|any) way) ?(?:any ?more|any longer|much longer)?|no way out|hopeless|nothing left|"
        r"so tired of (?:everything|it all|living|life|being)|(?:i am|i'm) done|done with (?:everything|it all|"
        r"life)|give up|empty inside|trapped"
    ),
    Sign.WHOLE: (
        r"all of it|everything|not only (?:the|my) (?:job|work)|not just (?:the|my) (?:job|work)|life|living|alive|"
        r"any ?more|pills?|tablets?|rope|bridge|roof|gun|goodbye|without me|peace at last|for ?ever|sleep|wake"
    ),
    Sign.MENACE: (
        r"(?:got|get|received|had|have had|there was|made|sent|there is|there are|has been) (?:\w+ ){0,3}threats?|"
        r"threaten(?:ed|s|ing)? (?:me|us|him|her|them|my|our|the \w+|one of)?|(?:he|she|they|i|we) (?:was|were|am|"
        r"are|is|got|have been|has been) (?:\w+ )?(?:threatened|attacked|hit|targeted|hurt|warned)|attack(?:ed|s|"
        r"ing) (?:me|us|him|her|them|my|our|again)|(?:was|were|been) attacked|they(?:'re| are) com(?:e|ing) for|"
        r"com(?:e|ing|es) (?:for|after) (?:me|us|him|her|them)|after (?:me|us|him|her)|(?:it|something) (?:exploded|"
        r"blew up|went off)|explosion|(?:an|the) attack|ambush(?:ed)?|strike (?:us|back)|on fire|not safe|unsafe|"
        r"afraid for|in danger|fear for|scared"
    ),
    Sign.TARGET: (
        r"(?:is|am|are|was|were|become|became|being|he's|she's|i'm|we're|they're)(?: now| next| also)* (?:a|the|"
        r"their|his|on their|in their)? ?(?:target|targets|targeted|marked|next|radar|sights|crosshairs|list)|"
        r"in (?:their|the) (?:sights|crosshairs)|has a price on|price on (?:his|her|my)|(?:his|her|my|our) turn|"
        r"(?:they|he) (?:has|have|want|wants) (?:him|her|me|us) (?:now|too|next|gone|out)|protect (?:him|her|me|"
        r"them|us)(?: any ?(?:more|longer))?|no longer protect"
    ),
    Sign.LOSS: (
        r"(?:we|they|i) (?:have )?lost (?:one|two|three|four|five|six|several|some|him|her|them|\d+|a|our|my|people|"
        r"contact|another)|(?:has|have|had|is|are) (?:disappeared|gone|vanished|missing)|disappeared|vanished|"
        r"(?:no one|nobody|we can't|i can't|cannot|can't) (?:can )?(?:reach|find) (?:him|her|them)|(?:he|she|"
        r"they)(?:'s|'re| is| are)? (?:gone|down|out|finished|dead)|(?:was|were|got) (?:hit|taken|picked up|"
        r"silenced|neutralised|eliminated|removed)|didn't make it|casualt\w+|dead|won't come back"
    ),
    Sign.OMEN: (
        r"noose|skull|coordinates|licen[cs]e plate|wheel nuts|eyes scratched|loosened|red mark|cross|black dress|"
        r"hung up|very good swimmer|balcony|grave|had been moved|was in my (?:flat|house|room)|house is next|(?:in|"
        r"on) the river|friendly voice|unknown (?:caller|number)|what (?:my|our|his|her) \w+ (?:is|are|was|"
        r"were) wearing|read out|enjoy (?:your|her|his|their|my|our) last|(?:your|her|his|my|our) (?:last|"
        r"final) (?:\w+day|day|week|night|month|summer|birthday|christmas|meal|walk|warning|chance)|say goodbye|"
        r"kiss (?:your|my|her|his)|pray (?:for|while)|accidents (?:do )?happen|(?:roads?|stairs|river|lake|"
        r"cliff)s? (?:are|is|can be) (?:dangerous|deep|long|steep|slippery)|take care of (?:your|her|his|my)|"
        r"how (?:is|are) (?:your|my|her|his) (?:daughter|son|children|wife|husband|mother|family|kids)|"
        r"would be a (?:shame|pity)|be careful (?:on|with|of|when)|smil(?:ed|ing)|nice (?:house|family|kids|"
        r"children|daughter|car)|dead (?:cat|dog|bird|rat|chicken|animal)|animal'?s? head|black (?:ribbon|rose|"
        r"wreath)|bullet|flowers|(?:cut|slashed|burned|burnt) (?:my|our|her|his|the) (?:tyres?|tires?|brakes?|car|"
        r"door|house|shop)|(?:brake|brakes|wheel|wheels|bolts?|nuts?) (?:\w+ ){0,3}(?:loose|loosened|cut|missing)|"
        r"stone through|smashed (?:my|our|her|his|the) window|painted (?:on|my|our)|(?:cross|x|red mark|mark|"
        r"sign) (?:\w+ )?on (?:my|our|her|his) (?:door|gate|house|wall)|a photo of|stay (?:home|silent|quiet)|"
        r"keep (?:quiet|silent|your mouth)"
    ),
    Sign.MARKED: (
        r"(?:kill|shoot|hurt|murder|stab|burn|bury|finish) (?:me|us|him|her|them|my \w+|our \w+)(?! with)|"
        r"price on (?:my|his|her|our) head|bounty|(?:order|orders) to (?:get rid|kill|remove|finish|take)|"
        r"get rid of (?:me|us|him|her)|drew lots|(?:been|was|were|am|is|are) (?:sentenced|condemned|chosen|marked|"
        r"next)|(?:i'm|i am|he's|she's|we're) next|(?:three|two|four|\d+|\w+) (?:days|hours) to (?:leave|quit|go)|"
        r"leave (?:the )?(?:city|country|town|village) (?:by|before|or)|(?:quit|stop|leave|resign|sign|withdraw|"
        r"go) (?:by \w+ )?or (?:else|we|they|be|my|your|his|her|i|he)|or (?:they|we|he) (?:come|will|shoot|kill|"
        r"take)|shame with|wash (?:the|our) \w+ (?:with|in) blood|traitor\w* (?:end|die|deserve|get)|defector|"
        r"collaborator|pack (?:a|your) black|justice is near|be buried"
    ),
    Sign.CLOSING_IN: (
        r"climb(?:ing|ed|s)? (?:the|over|in)|break(?:ing)? (?:in|into|the door|down|doors)|broke (?:in|into|down)|"
        r"house to house|door to door|search(?:ing)? (?:for|the houses|rooms|our)|shout(?:ing|s|ed)?|scream(?:ing|s|"
        r"ed)?|banging|boots|bangs?|approach(?:ing|es)|getting closer|coming (?:closer|up|in|down|this way|towards)|"
        r"on (?:the )?(?:stairs|roof|road)|(?:stopped|blocked|stop) (?:us|our|the (?:bus|convoy|car))|been stopped|"
        r"aim(?:ing|ed)|point(?:ing|ed|s) (?:\w+ ){0,3}(?:gun|rifle|pistol|weapon|it) |show(?:ed|ing|s) (?:me|"
        r"us) (?:a|his|the)|hand over|landing|heading for|chained|throwing|rocks|stones|smash\w*|emptied|"
        r"surround(?:ing|ed)?|crowd|mob"
    ),
    Sign.MISSING_SHELTER: (
        r"nowhere to (?:go|hide|run)|no (?:signal|ambulance|doctor|hospital|police|help|medic|medicine|one (?:here|"
        r"to call)|way)|nobody (?:here|comes|to call|to tell)|can(?:'t|not) (?:call|leave|move|reach)|cut off|"
        r"an hour away|hours away|not allowed to leave|are keeping us|won't let us|don't know who to (?:call|tell|"
        r"trust|turn)|scared|terrified|afraid to (?:go|leave|sleep|open)|crying|(?:i am|i'm|we are|we're|all|left) alone"
    ),
    Sign.PLACE: (
        r"(?:hotel|room|hall|venue|building|office|compound|church|mosque|camp|village|street|yard|car|bus|"
        r"guest ?house|gate|door|bed|corridor|lift|elevator|toilet|bathroom|stairs|stairwell|roof|balcony|ditch|"
        r"road|bridge|river|convoy|shelter|market|school|flat|tent|border|airport|checkpoint|basement|cell|shop|"
        r"safe house|parish|quarter|plenary)"
    ),
    Sign.HELP: (
        r"help(?: me| us)?|please|what (?:do|should|can) (?:i|we) do(?: now)?|what now|urgent|emergency|sos|"
        r"quick(?:ly)?|hurry"
    ),
    Sign.METHOD: (
        r"how (?:do|does|can|could|should|would|did|are|is|much|many|long|to)|what (?:is|are|does|do|did|should|"
        r"would|can|could|kind|else|must|might|helps?|counts|needs?|makes|goes|happens|sort|works)|which|"
        r"who (?:should|could|can|ought|decides|checks|counts)|in general|usually|normally|why|when (?:do|should|is|"
        r"are|can)|where (?:do|should|can)|is (?:it|there) (?:a|an|any|better|wise|possible|fair)|are there|"
        r"should (?:we|i|the|it)|do (?:we|i) (?:need|have)|can (?:a|we|i|the|it|you)|could (?:you|we|a|somebody)|"
        r"any (?:advice|example|idea)|tell me (?:about|how)|protocol|examples? of|research|handbook|checklist"
    ),
    Sign.PROCESS: (
        r"talks|negotiations?|negotiat\w+|agreements?|accords?|deal|ceasefire|truce|clauses?|articles?|proposals?|"
        r"drafts?|texts?|mandate|process|mediation|dialogue|plenary|agenda|amnesty|verification|implementation|"
        r"parliament|constitution|elections?|referendum|budget|deadline|timetable|disarmament|cantonment|commission|"
        r"delegations?|session|annex|paragraph|preamble|donors?|position|red lines?|concessions?"
    ),
    Sign.PRESS: (
        r"press|media|newspapers?|journalists?|reporters?|radio|television|tv|tweet\w*|social media|facebook|online|"
        r"internet|website|public|minister|opposition|government|spokes\w+|interview|headline|voters|capital|"
        r"council|sanctions|party|politic\w+"
    ),
    Sign.PAST: (
        r"(?:years?|decades?|months) (?:ago|earlier|before|later)|in (?:19|20)\d\d|(?:nineteen|two thousand)|"
        r"as a child|when i was|back then|last (?:year|decade|century)|during the (?:war|last war)|used to|"
        r"predecessor|history|historical(?:ly)?|(?:ten|twenty|thirty|five|two) years"
    ),
    Sign.IMAGE: (
        r"kill(?:s|ed|ing)? (?:the|this|that|any|our|their|us with|off the) ?(?:deal|texts?|talks|process|draft|"
        r"proposal|idea|momentum|clause|agreement|mood|ceasefire|questions?|trust|peace|vote|initiative)?|"
        r"ambush(?:ed)? by (?:the )?(?:press|media|journalists?|reporters?|questions?)|shot down (?:our|the|my|"
        r"their|every|this)|shoot(?:s|ing)? down|bombshell|time ?bomb|explosive (?:issue|question|topic|clause|mix)|"
        r"blew up (?:in|at|over|on)|held? (?:\w+ ){0,2}hostage(?: (?:by|to|over))?|holding (?:our|the|us|"
        r"this) \w+ hostage|minefield|under fire (?:from|by|for|over)|line of fire|war of words|torpedo\w*|"
        r"life support|dead on arrival|death sentence (?:for|to) the|dead letter|deadlock|dying to|killing (?:me|"
        r"us) with|gun to (?:my|our|his|their|nobody's|anyone's)|knife (?:at|to) (?:our|my) throat|"
        r"stab(?:bed)? in the back|shoot(?:s|ing)? (?:ourselves|himself|themselves|myself) in the foot|smoking gun|"
        r"silver bullet|bite the bullet|dodge\w* (?:a|the) bullet|bleeding (?:support|votes|money|trust|members)|"
        r"butcher\w*|crucified|suicide mission|political suicide|hot potato|(?:the )?(?:process|talks|deal|"
        r"agreement|accord|text|truce|ceasefire|plan|clause) (?:is|are|has|was|will|may|might|"
        r"could)(?: been)? (?:dead|dying|killed|bleeding|collapsed?|buried|exploded|on life|attacked|threatened|"
        r"in danger|a target)|attack(?:s|ed|ing)? (?:\w+ ){0,3}(?:in the press|in the media|online|verbally|"
        r"on twitter|on the radio|in parliament|my report|our report|the text|the proposal)|threat(?:s|en|ens|ened|"
        r"ening)? to (?:leave|walk|quit|withdraw|suspend|resign|boycott|veto|cut|pull|sue|publish|vote)|"
        r"walk(?:ed)? out|character assassination|war room|trigger|ammunition|crossfire|set fire to the|"
        r"burn(?:ing)? (?:issue|question|topic|bridges)|burnt? out|nuclear option|heavy artillery|blood on the|"
        r"bloodless|fallout|landmines? in the text|poison(?:ed|ing)? (?:the )?(?:well|atmosphere|pill|talks|"
        r"climate)|nail in the coffin|over my dead body|time is running|(?:text|clause|point|question|issue) (?:is|"
        r"was) (?:a |an )?(?:bomb|mine)"
    ),
    Sign.LEAVING: (
        r"walk(?:ed|ing|s)? out|walk-?out|left the (?:table|room|talks|session|hall)|leave the (?:table|talks|room)|"
        r"stormed out|slammed the door|withdr[ae]w\w*|boycott\w*|suspend\w*|refus(?:e|es|ed|ing) to (?:meet|sign|"
        r"come|sit|talk|return|join|go on|hand)|stopped attending|pulled out"
    ),
}
