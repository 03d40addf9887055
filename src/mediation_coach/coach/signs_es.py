"""Signs of danger in Spanish: whole words, over folded text (see `signs`)."""

from __future__ import annotations

from collections.abc import Mapping

from mediation_coach.coach.signs import Sign

WORDS: Mapping[Sign, str] = {
    Sign.SELF: (
        r"yo|me|mi|mis|mio|mia|conmigo|nos|nosotros|nosotras|nuestr[oa]s?|estoy|estamos|tengo|tenemos|soy|somos"
    ),
    Sign.CLOSE: (
        r"(?:mi|mis|nuestr[oa]s?|su|sus) (?:\w+ )?(?:esposa|esposo|mujer|marido|pareja|hij[oa]s?|ni[nñ][oa]s?|madre|"
        r"mam[aá]|padre|pap[aá]|padres|herman[oa]s?|prim[oa]s?|familia|compa[nñ]er[oa]s?|colegas?|ch[oó]fer|"
        r"conductor|int[eé]rprete|traductora?|asistente|equipo|delegad[oa]s?|amig[oa]s?|vecin[oa]s?|sobrin[oa]s?|"
        r"beb[eé]|fuente|contacto)|un[oa]? (?:compa[nñ]er[oa]|colega)"
    ),
    Sign.SOMEONE: (
        r"[eé]l|ella|alguien|hombres?|mujer(?:es)?|chic[oa]s?|ni[nñ][oa]s?|gente|personas?|compa[nñ]er[oa]s?|"
        r"colegas?|int[eé]rpretes?|conductor|delegad[oa]s?|negociador\w*|mediador\w*|testigos?|periodistas?|"
        r"activistas?|maestr[oa]s?|curas?|sacerdotes?|pastor|vecin[oa]s?|herman[oa]s?|esposo|esposa|hij[oa]s?|"
        r"guardias?|voluntari[oa]s?|observador\w*|participantes?|miembros?|representantes?|l[ií]der(?:es)?|"
        r"alcalde(?:sa)?|informantes?|sobrevivientes?|v[ií]ctimas?|lideresas?|asesor\w*"
    ),
    Sign.NEAR: (
        r"(?:frente a|afuera de|en|cerca de|detr[aá]s de|alrededor de|sobre|a|por|bajo) (?:la|el|mi|nuestr[oa]|"
        r"su)? ?(?:puerta|port[oó]n|casa|hotel|sala|sal[oó]n|edificio|oficina|iglesia|mezquita|escuela|ventana|"
        r"pasillo|escalera|campamento|aldea|pueblo|calle|patio|mesa|mercado|vereda|finca)|al[ al]?(?: frente| lado)|"
        r"afuera|abajo|aqu[ií]|frente a"
    ),
    Sign.HOME: (
        r"(?:mi|nuestr[oa]|su) (?:casa|puerta|calle|ventana|cuarto|habitaci[oó]n|escuela|colegio|direcci[oó]n|"
        r"apartamento|barrio|finca|vereda)|d[oó]nde (?:vivo|duermo|vivimos|dormimos|estudian?|trabajo|viven?|"
        r"duermen?|queda)|a qu[eé] hora (?:salgo|llego|salimos|sale)|(?:escuela|colegio) de (?:mis?|nuestr[oa]s?|"
        r"sus?)|qu[eé] (?:cuarto|habitaci[oó]n|colegio|escuela)|case(?:ro|ra)|la esquina de mi"
    ),
    Sign.FOLLOWED: (
        r"tom(?:aron|[oó]) una foto|le tomaron|sac(?:aron|[oó]) (?:una )?fotos?|(?:me|nos|lo|la) (?:sigue[n]?|"
        r"siguieron|sigui[oó]|ven[ií]an? siguiendo|est[aá]n? siguiendo|vigila[n]?|vigilaron|persigue[n]?|"
        r"espi[a-z]+)|sigui[eé]ndo(?:me|nos)|vigil[aá]ndo(?:me|nos)|toma(?:n|ndo|ron)? fotos|tom[oó] fotos|"
        r"fotograf(?:[ií]an?|iando|iaron)|detr[aá]s (?:de )?(?:m[ií]|nosotr\w+)"
    ),
    Sign.LINGERS: (
        r"se sientan?|sentad\w+|anotan?|me espera[n]?|quien entra|parquead[oa]|estacionad[oa]|parad[oa]s?|esper(?:a|"
        r"an|ando)|rond\w+|merode\w+|motor|luces|pasa(?:n)? (?:despacio|y)|afuera|frente|plantad[oa]s?"
    ),
    Sign.WATCHER: (
        r"carros?|coches?|autos?|camioneta|motos?|motocicletas?|(?:dos|tres|unos|un|el mismo|"
        r"los mismos) (?:hombres?|tipos?|se[nñ]or(?:es)?|muchach[oa]s?|desconocid[oa]s?)|desconocid[oa]s?|alguien"
    ),
    Sign.AGAIN: (
        r"otra vez|de nuevo|mism[oa]s?|todav[ií]a|cada (?:noche|d[ií]a|ma[nñ]ana|tarde)|tod(?:os|"
        r"as) l[oa]s (?:d[ií]as|noches|ma[nñ]anas)|desde|(?:dos|tres|cuatro|segunda|tercera?) (?:d[ií]as?|noches?|"
        r"veces|vez)|sigue[n]? (?:ah[ií]|en|parad|estacionad)|siempre"
    ),
    Sign.KNOWS: (
        r"sabe[n]?|sab[ií]an?|conoce[n]?|averigu\w+|pregunt(?:a|an|[oó]|aron|ando|aban?)|(?:me|nos|lo|"
        r"la) (?:busca[n]?|est[aá]n? buscando|anda[n]? buscando)|encontr(?:[oó]|aron)|mencion(?:[oó]|aron)|"
        r"se enter(?:[oó]|aron)"
    ),
    Sign.VIOLENCE: (
        r"mat(?:ar|arme|arnos|arlo|arla|arlos|ar[aá]n?|aron|en|an)|asesin\w+|dispar(?:ar|ar[aá]n?|en|aron)\w*|"
        r"golpear\w*|apu[nñ]al\w+|quem(?:ar|arnos|arme|arla|en|ar[aá]n|aron)|degoll\w+|linchar\w*|estrangul\w+|"
        r"ahorcar\w*|enterrar\w*|acabar (?:conmigo|con nosotros|con \w+)|arrepentir\w*|pagar (?:car|con)\w*|"
        r"muert[oa]s?|morir|muera|desaparecer\w*|tortur\w+|violar\w*|masacrar|atacar\w*|venir por|vendr[aá]n? por|"
        r"vienen por|callar(?:me|nos|lo|la)|sangre|picar\w*"
    ),
    Sign.FORETOLD: (
        r"va[n]?(?: a)?|voy|quiere[n]?|amenaz\w+|dice[n]?(?: que)?|dij(?:o|eron)|la pr[oó]xima|si (?:no )?(?:voy|"
        r"vamos|vuelvo|sigo|hablo|firmo|va|hablamos|seguimos)|jur[oó]|advirti\w+|avis(?:aron|[oó])|prometi\w+|"
        r"mensajes?|carta|nota|llam(?:aron|ada|adas|[oó])|escribi\w+|panfleto|\w+ar[aá]n?|\w+er[aá]n?"
    ),
    Sign.SOON: (
        r"esta noche|ma[nñ]ana|ahora(?: mismo)?|hoy|en (?:una|dos|\d+) horas?|esta (?:tarde|ma[nñ]ana|madrugada)|ya|"
        r"pronto|al amanecer|en cualquier momento|anoche"
    ),
    Sign.WEAPON: (
        r"armas?|pistolas?|rev[oó]lver(?:es)?|fusil(?:es)?|granadas?|cuchillos?|machetes?|bombas?|balas?|cartuchos?|"
        r"explosivos?|gasolina|palos|fierros?"
    ),
    Sign.DRAWN: (
        r"(?:sac[oó]|saca(?:do|n|ron)?|desenfund\w+|empu[nñ]\w+|apunt(?:[oó]|a|an|ando|aron)|blandi\w+|mostr[oó]|agit(?:a|[oó])) "
        r"(?:\w+ ){0,3}(?:arma(?! pesada)|pistola|rev[oó]lver|fusil|granada|cuchillo|machete|navaja|fierro)"
    ),
    Sign.ARMED: (
        r"combatientes?|hombres armados|armados|soldados?|paramilitares?|paras|milicianos?|encapuchad\w+|turba|"
        r"polic[ií]as?|guerriller\w+|sicarios?|un (?:delegado|hombre|tipo|se[nñ]or)|unos hombres"
    ),
    Sign.FIRE: (
        r"disparos?|tiros?|balazos?|tiroteo|balacera|bombardeos?|explosi[oó]n(?:es)?|morteros?|cohetes?|llamas|"
        r"incendi\w+|drones?|r[aá]fagas?|francotirador\w*|plomo|fuego cruzado"
    ),
    Sign.SHELTER: (
        r"debajo de (?:la|las|los) (?:camas?|mesas?)|bajo (?:la|las) (?:camas?|mesas?)|escondid[oa]s?|"
        r"en el s[oó]tano|encerrad[oa]s?|atrapad[oa]s?|rodead\w+|rodea[n]?|cercad\w+|no podemos salir|sin salida|"
        r"tirad[oa]s? en el (?:piso|suelo)|en el piso|en el ba[nñ]o|acorralad\w+|sitiad\w+"
    ),
    Sign.TAKEN: (
        r"tienen a(?:l| mi| nuestr[oa]| la)|piden (?:plata|dinero|rescate)|se fueron con (?:[eé]l|ella)|"
        r"secuestr(?:aron|ad[oa]s?|[oó])|deten(?:id[oa]s?)|detuvieron|se (?:lo|la|los|las)? ?llevaron|se llev[oó]|"
        r"(?:lo|la|los|las|nos|me) (?:cogieron|agarraron|bajaron|subieron|retuvieron|tienen|apresaron)|"
        r"bajaron (?:de|a)|arrest(?:aron|ad[oa]s?)|captur(?:aron|ad[oa]s?)|reten(?:id[oa]s?)|rescate|"
        r"tienen (?:retenid|secuestrad|a mi|a nuestr)\w*"
    ),
    Sign.FORCE: (
        r"ret[eé]n|cuartel|ministerio|s[oó]tano|encapuchad\w+|armad\w+|soldados?|polic[ií]as?|guerrill\w+|"
        r"paramilitar\w*|ej[eé]rcito|camioneta|de noche|hombres|c[aá]rcel|celda|esposad\w+|rescate|tipos|"
        r"desconocid\w+"
    ),
    Sign.SILENT: (
        r"(?:tel[eé]fono|celular|m[oó]vil) (?:est[aá] )?(?:apagado|muerto)|no (?:contesta|responde|aparece|lleg[oó]|"
        r"volvi[oó]|ha vuelto|ha llegado|regres[oó]|ha regresado|sabemos)\w*|sin (?:noticias|rastro)|"
        r"desaparecid[oa]s?|desapareci[oó]|nadie (?:sabe|nos|lo|la|me)|perdimos (?:el )?contacto|"
        r"no (?:nos )?dice[n]? d[oó]nde|no sabemos d[oó]nde"
    ),
    Sign.LATE: (
        r"deb[ií]a|ten[ií]a que|esperad\w+|desde (?:ayer|anoche|esta|el|las?)|horas?|ayer|anoche|esta ma[nñ]ana|"
        r"de la vereda|del pueblo|en camino|carretera|ret[eé]n|frontera|d[ií]as?"
    ),
    Sign.BODY: (
        r"el pecho|ambulancia|est[aá] gris|p[aá]lid[oa]|sangr(?:a|ando|e|an)|desangr\w+|no (?:puede )?respira[rn]?|"
        r"inconsciente|desmay\w+|se (?:desplom[oó]|cay[oó])|infarto|dolor (?:en el|de) pecho|derrame|convuls\w+|"
        r"herid[oa]s?|apu[nñ]alad[oa]|balead[oa]|labios|envenen\w+|fractur\w+|no (?:reacciona|despierta|se mueve|"
        r"responde)|en el (?:piso|suelo)|atragant\w+|asfixi\w+|quemad[oa]s"
    ),
    Sign.ASSAULT: (
        r"arrincon[oó]|me bes[oó]|me toc[oó]|me pega|me golpea|viol(?:[oó]|aron|ad[oa])|abus(?:[oó]|aron|ad[oa])|"
        r"agredi[oó]|agresi[oó]n sexual|manose\w+|toc(?:[oó]|aron)|forz[oó]|mano(?:s)? (?:en|sobre|alrededor)|"
        r"empuj[oó] contra|bes[oó] a la fuerza|golpe(?:[oó]|aron)|me peg(?:[oó]|aron)|ahorc[oó]|estrangul[oó]|"
        r"desnud\w+|drog(?:[oó]|aron)"
    ),
    Sign.UNWANTED: (
        r"entr[oó] (?:a|en)|se meti[oó] (?:a|en)|toc[oó] (?:a )?la puerta|cerr[oó] (?:la puerta )?con (?:llave|"
        r"seguro)|no (?:se )?(?:quer[ií]a|quiso) (?:ir|salir)|le dije que no|dije que no|dijo que no|"
        r"no (?:le )?he (?:contado|dicho)|no sabe a qui[eé]n|no s[eé] a qui[eé]n|verg[uü]enza|borrach[oa]"
    ),
    Sign.ROOM: (
        r"(?:mi|su|la|el) (?:cuarto|habitaci[oó]n)|hotel|noche|anoche|sol[oa]|pasillo|ascensor|carro|carpa|ba[nñ]o|"
        r"oscur\w+"
    ),
    Sign.DEVICE: (
        r"tel[eé]fonos?|celular(?:es)?|m[oó]vil(?:es)?|port[aá]til|computador(?:a|es)?|ordenador|tableta|usb|"
        r"memoria|libretas?|cuadernos?|bolsos?|mochila|malet[ai]n?|carpetas?|c[aá]mara|grabador\w*|grabaciones|"
        r"papeles|archivos?|documentos?|correos?|cuenta|disco|agenda|whatsapp"
    ),
    Sign.LOST: (
        r"arrebat\w+|qued[oó] en manos|perd(?:[ií]|i[oó]|ido|ida|imos)|rob(?:aron|[oó]|ad[oa]|o)|olvid[eéoó]\w*|"
        r"dej(?:[eé]|amos|ado|[oó])|confisc\w+|decomis\w+|incaut\w+|quit(?:aron|[oó])|hacke\w+|jaque\w+|entraron a|"
        r"revis(?:aron|[oó])|copi(?:aron|[oó])|desapareci\w+|se me (?:qued[oó]|perdi[oó]|olvid[oó])"
    ),
    Sign.CONFIDED: (
        r"informantes?|pueblos|nombres?|listas?|testimonios?|contactos?|entrevistas?|grabaciones|direcciones|"
        r"n[uú]meros|identidad(?:es)?|fotos de|fuentes?|declaraciones?|quienes (?:hablaron|declararon)|"
        r"l[ao]s que (?:hablaron|declararon)|d[oó]nde (?:se esconden|viven|duermen)"
    ),
    Sign.SOURCE: (
        r"testigos?|sobrevivientes?|v[ií]ctimas?|fuentes?|informantes?|declar(?:[oó]|aron|aci\w+)|que (?:nos|"
        r"me) (?:cont[oó]|habl[oó]|dijo|avis[oó]|ayud[oó])|testimoni\w+|en (?:secreto|confianza)|intermediari\w+|"
        r"prometimos proteger"
    ),
    Sign.EXPOSED: (
        r"(?:al|en el) (?:chat|grupo|canal|n[uú]mero) equivocado|a la (?:direcci[oó]n|persona|delegaci[oó]n) equivocada|ya saben|sac[oó] la foto|la foto de (?:la|el)|(?:ya )?(?:saben|sabe|descubrieron|se enteraron|"
        r"averiguaron) (?:qui[eé]n|que|de)|(?:ley(?:eron|[oó])|public(?:aron|[oó])|dij(?:o|eron)|mostr(?:aron|[oó])|"
        r"nombr(?:aron|[oó])|difundi\w+|sac(?:aron|[oó])|dieron|pusieron) (?:\w+ ){0,4}(?:nombres?|fotos?|caras?|"
        r"rostros?|direcci[oó]n\w*|identidad\w*)|(?:nombres?|fotos?|rostros?) (?:\w+ ){0,4}(?:publicad|en la radio|"
        r"en redes|en el)|identificad[oa]s?|expuest[oa]s?|descubiert[oa]s?|se[nñ]alad[oa]s?|la reconocieron|"
        r"lo reconocieron|delatad[oa]s?"
    ),
    Sign.NAMED: (
        r"(?:mi|nuestro|su) nombre (?:\w+ ){0,4}(?:en|est[aá]|aparece|sali[oó])|lista (?:negra|de muerte|de \w+)|"
        r"con mi nombre|(?:foto|imagen) de (?:mi|mis|nuestr[oa]|su)|ata[uú]d|corona (?:f[uú]nebre|de flores)|"
        r"sufragio|panfleto|condolencias|esquela"
    ),
    Sign.DESPAIR: (
        r"sentido (?:a|en) (?:seguir )?(?:vivi\w+|la vida|esta vida|existir)|"
        r"cartas (?:para|a) todos|en el puente|no quiero despertar|acabar con todo|matarme|quitarme la vida|"
        r"quitarse la vida|suicid\w+|acabar con (?:mi vida|todo)|terminar con todo|no quiero (?:vivir|"
        r"seguir vivi\w+|despertar\w*|estar aqu[ií])|ya no quiero (?:vivir|despertar\w*|seguir|estar)|"
        r"ganas de (?:morir\w*|vivir)|quiero morir\w*|quisiera (?:morir|no despertar|dormir\w* y no)|"
        r"mejor sin m[ií]|no vale la pena vivir|sin ganas de vivir|despedirme de todos|carta de despedida|"
        r"no despertar m[aá]s"
    ),
    Sign.WORN: (
        r"(?:ya )?no (?:puedo|aguanto|doy|soporto) m[aá]s|no (?:le )?veo salida|cansad[oa] de (?:todo|vivir)|"
        r"sin fuerzas|ya no puedo|no hay salida|me rindo"
    ),
    Sign.WHOLE: (
        r"todo|no s[oó]lo (?:el|del) trabajo|vida|vivir|pastillas|cuerda|puente|adi[oó]s|sin m[ií]|siempre|dormir|"
        r"despertar\w*"
    ),
    Sign.MENACE: (
        r"(?:recib\w+|lleg\w+|hay|hubo|una|otra) amenazas?|(?:me|nos|lo|la|los|las|le) (?:amenaz(?:aron|[oó]|an)|"
        r"atac(?:aron|[oó]|an))|amenazad[oa]s?|(?:fue|fuimos|fueron) atacad[oa]s?|van por (?:[eé]l|ella|nosotr\w+|"
        r"m[ií]|ell\w+)|vienen por|explot[oó]|explosi[oó]n|atentado|emboscada|en peligro|miedo por|estall[oó]"
    ),
    Sign.TARGET: (
        r"(?:es|soy|somos|son) (?:\w+ )?(?:un blanco|el blanco|objetivo|el siguiente|la siguiente|los siguientes)|"
        r"en la mira|(?:est[aá]|estamos|est[aá]n) marcad[oa]s?|marcad[oa]s?|le pusieron precio|(?:su|mi|"
        r"nuestro) turno|van por|ya no (?:puedo|podemos) proteger\w*|no (?:puedo|podemos) proteger\w* m[aá]s"
    ),
    Sign.LOSS: (
        r"(?:perdimos|hemos perdido|perdieron|perd[ií]) (?:a )?(?:un[oa]?|dos|tres|cuatro|alguien|\d+|mi|nuestr[oa]|"
        r"vari[oa]s)|(?:ha|han) desaparecido|desapareci[oó]|desaparecieron|no (?:lo|la|los) (?:encontramos|ubicamos|"
        r"localizamos)|(?:lo|la|los|las) (?:tumbaron|bajaron|callaron|cogieron|sacaron)|hubo bajas|cay[oó]|cayeron|"
        r"ya no est[aá]"
    ),
    Sign.OMEN: (
        r"[uú]ltim[oa] (?:viernes|d[ií]a|semana|noche|advertencia|aviso|oportunidad|navidad|\w+nes)|"
        r"disfrut\w+ (?:su|tu|el|de)|desp[ií]dase|desp[ií]dete|los accidentes (?:pasan|ocurren)|cu[ií]de(?:se|"
        r"nse)? (?:mucho|a|de)|cu[ií]date|c[oó]mo est[aá](?:n)? (?:su|tu|mi|mis|sus|tus)|ser[ií]a una l[aá]stima|"
        r"sonriendo|(?:un )?(?:perro|gato|gallo|p[aá]jaro) muerto|llantas? (?:pinchadas?|cortadas?)|"
        r"frenos? (?:cortad\w+|da[nñ]ad\w+)|una bala|cinta negra|cruz (?:\w+ )?en (?:mi|la|nuestra) (?:puerta|casa)|"
        r"qu[eé]dese (?:callad|en su|quiet)\w*|c[aá]llese|(?:una )?foto de"
    ),
    Sign.MARKED: (
        r"matarme|matarnos|matarl[oa]|(?:me|nos|lo|la) (?:va|van) a (?:matar|quemar|desaparecer)|"
        r"precio a (?:mi|su|la|nuestra) cabeza|recompensa por|deshacerse de|orden de (?:matar|sacar|acabar)\w*|"
        r"(?:dos|tres|\d+|veinticuatro|cuarenta y ocho) (?:d[ií]as|horas) para (?:irme|irnos|salir|dejar)|lava(?:r|"
        r"n)? (?:la verg[uü]enza|el honor) con|con sangre|soy (?:el|la) siguiente|o si no|de lo contrario|"
        r"salir de la ciudad antes|sapo|traidor\w*"
    ),
    Sign.CLOSING_IN: (
        r"trep\w+|tumba(?:n|ndo|ron) la puerta|rompiendo|casa por casa|puerta por puerta|grit(?:a|an|os|ando)|"
        r"acerc\w+|subiendo|vienen subiendo|nos (?:pararon|bloquearon|detuvieron)|apunt(?:a|an|ando|[oó]) |piedras|"
        r"rompieron|turba|gent[ií]o|requis\w+|buscando"
    ),
    Sign.MISSING_SHELTER: (
        r"a d[oó]nde (?:ir|correr)|no hay (?:ambulancia|m[eé]dico|se[nñ]al|hospital|doctor|ayuda)|sin (?:m[eé]dico|"
        r"ambulancia|se[nñ]al)|no nos dejan|a qui[eé]n (?:acudir|llamar|contar\w*)|miedo de (?:volver|salir|dormir)|"
        r"aterrad\w+|llorando"
    ),
    Sign.PLACE: (
        r"hotel|cuarto|habitaci[oó]n|sal[oó]n|sala|edificio|oficina|iglesia|mezquita|campamento|pueblo|calle|patio|"
        r"carro|bus|port[oó]n|puerta|pasillo|ascensor|ba[nñ]o|escalera|techo|balc[oó]n|carretera|puente|r[ií]o|"
        r"caravana|refugio|mercado|escuela|frontera|aeropuerto|ret[eé]n|s[oó]tano|vereda|barrio|jard[ií]n"
    ),
    Sign.HELP: r"ayuda|auxilio|por favor|qu[eé] (?:hago|hacemos)|r[aá]pido|urgente",
    Sign.METHOD: (
        r"c[oó]mo|qu[eé] (?:debe|hago|hacer|hacemos|es|son|respond\w+|puede|podemos|tipo)|cu[aá]l(?:es)?|por qu[eé]|"
        r"conviene|hay (?:alg[uú]n|que)|ejemplos?|en general|normalmente|suele"
    ),
    Sign.PROCESS: (
        r"conversaciones|di[aá]logos?|negociaci[oó]n(?:es)?|negociar|acuerdos?|cese|tregua|cl[aá]usulas?|"
        r"art[ií]culos?|propuestas?|textos?|mandato|proceso|mediaci[oó]n|plenaria|agenda|amnist[ií]a|congreso|"
        r"constituci[oó]n|elecciones|presupuesto|plazo|comisi[oó]n|delegaci[oó]n|sesi[oó]n|anexo|borrador|mesa"
    ),
    Sign.PRESS: (
        r"prensa|medios|peri[oó]dicos?|radio|televisi[oó]n|tuit\w*|redes|internet|ministro|oposici[oó]n|gobierno|"
        r"vocero|consejo|sanciones|partido"
    ),
    Sign.PAST: (
        r"hace (?:\w+ )?(?:a[nñ]os|meses)|en (?:19|20)\d\d|cuando era|durante la guerra|el a[nñ]o pasado|en aquel|"
        r"antecesor|(?:diez|veinte|cinco) a[nñ]os"
    ),
    Sign.IMAGE: (
        r"mat(?:ar|a|[oó]|ar[ií]a) (?:el|la|al) (?:acuerdo|proceso|texto|negociaci[oó]n|idea|mesa|di[aá]logo)|"
        r"bomba de tiempo|es una bomba|rehenes? (?:del|de la|con|por)|de rehenes|pistola en la (?:cabeza|sien)|"
        r"cuchillo en (?:el cuello|la garganta)|torpede\w+|fusil(?:aron|ó) (?:a preguntas|en la prensa)|prensa nos|"
        r"agonizando|en agon[ií]a|bajo fuego de|campo minado|explosiv[oa]s?|muri[oó] (?:el|la) (?:acuerdo|"
        r"propuesta)|atac(?:aron|[oó]|an) (?:en|por) (?:la|los) (?:prensa|medios|redes)|amenaz\w+ con (?:levantarse|"
        r"retirarse|irse|romper|renunciar|salir|vetar|boicot\w+)|enterr\w+ (?:el|la) (?:acuerdo|propuesta|texto)"
    ),
    Sign.LEAVING: (
        r"levantar\w* de la mesa|se levant\w+|retir\w+|boicot\w*|suspend\w*|se niega[n]? a|no quiere[n]? volver"
    ),
}
