import * as flag from './flags.ts'

export const peopleWords: readonly (readonly [number, string])[] = [
  [
    flag.TITLE,
    `mr mrs ms miss mx dr prof professor sir madam herr frau fräulein monsieur madame mademoiselle mme mlle señor señora señorita sr sra srta signor signora sig dott senhor senhora
    dhr mevr mevrouw meneer pan pani rev reverend fr sister judge capt captain lt sgt col gen hon`,
  ],
  [
    flag.GREETING,
    `dear hi hello hey hallo hola bonjour ciao olá liebe lieber cher chère caro cara estimado estimada beste kära kjære hei moin sehrgeehrter geehrter geehrte`,
  ],
  [
    flag.MONTH,
    `january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
    januar februar märz mai juni juli oktober dezember janvier février mars avril juin juillet août septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto
    septiembre octubre noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre`,
  ],
  [
    flag.COMMON,
    `the a an and or but if then this that these those there here all everyone everybody team folks friends customer customers sir madam user users support sales admin service please thank
    thanks regards best kind sincerely yours our your my his her their its we you he she they it i monday tuesday wednesday thursday friday saturday sunday january february march april june
    july august september october november december today tomorrow yesterday order invoice account email phone address name date number street road avenue city state country company
    corporation inc ltd llc gmbh group university college school hospital bank church department office center centre international national north south east west new
    old great united states kingdom london paris berlin york angeles francisco madrid rome tokyo street park lake river mountain island republic street world server
    client request response error warning info debug http https get post put delete patch json xml html api sql null true false none undefined unknown test example production staging
    development from to for with without on in at by of as is was are were be been has have had will would can could should must may not no yes when where why how what who which
    day week month year time hour minute second good morning afternoon evening night happy birthday born patient employee contact mr mrs ms dr prof passport visa card credit debit security social
    und oder der die das ein eine für mit von zu bei wir sie ihr kunde kundin damen herren team et ou le la les un une pour avec de du des client cliente y o el los las una para con
    windows linux macos ubuntu debian chrome firefox safari google microsoft apple amazon facebook github docker kubernetes postgres redis python java javascript typescript`,
  ],
  [
    flag.STREET,
    `street st avenue ave av road rd boulevard blvd lane ln drive dr court ct place pl square sq terrace ter way parkway pkwy highway hwy circle cir trail trl crescent cres close
    mews grove row hill hills walk path plaza loop alley run ridge view views point pass crossing green gardens gate heights manor mill meadow meadows estate estates expressway freeway motorway
    turnpike pike bypass causeway cove creek dale fork forks glen harbor haven isle junction key knoll landing lodge mission mount mountain neck orchard oval overpass
    park parks passage pine pines plain plains port prairie ramp ranch rapid rapids rest river road route shoal shoals shore shores skyway spring springs spur station stravenue stream
    streets summit throughway trace track trafficway tunnel underpass union unions valley viaduct village ville vista well wells inlet islands lakes lock locks mall camp cape center
    centers cliff cliffs club common corner corners course courts curve dam divide extension fall falls ferry field fields flat flats ford forest forge fort freeway garden`,
  ],
  [
    flag.STREET_FIRST,
    `rue boulevard avenue allée impasse chemin quai cours calle avenida plaza paseo carrer camino carretera via viale piazza corso largo vicolo rua travessa praça ulica ul rua
    place route av bd strada ulitsa улица ул al aleja`,
  ],
  [
    flag.GIVEN,
    `james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony mark donald steven paul andrew joshua kenneth kevin brian george edward ronald
    timothy jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory frank alexander raymond patrick jack dennis jerry tyler aaron jose adam
    henry nathan douglas zachary peter kyle walter ethan jeremy harold keith christian roger noah gerald carl terry sean austin arthur lawrence jesse dylan bryan joe jordan billy bruce albert
    willie gabriel logan alan juan wayne roy ralph randy eugene vincent russell elijah louis bobby philip johnny mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy
    betty margaret sandra ashley kimberly emily donna michelle carol amanda dorothy melissa deborah stephanie rebecca sharon laura cynthia kathleen amy angela shirley anna brenda pamela emma nicole
    helen samantha katherine christine debra rachel carolyn janet catherine maria heather diane ruth julie olivia joyce virginia victoria kelly lauren christina joan evelyn judith megan
    andrea cheryl hannah jacqueline martha gloria teresa ann sara madison frances kathryn janice jean abigail alice julia judy sophia grace denise amber doris marilyn danielle beverly isabella
    theresa diana natalie brittany charlotte marie kayla alexis lori liam lucas mason oliver aiden carter jayden grayson leo isaac owen caleb hunter mia ava ella lily chloe zoe lucy harry oscar
    charlie freddie alfie archie hugo felix max moritz leon lukas finn jonas elias niklas jan tim tom lena lea leonie marie hanna klaus hans jürgen günter wolfgang dieter uwe
    horst manfred bernd rolf heinz karl friedrich stefan andreas matthias sebastian florian tobias markus martin ursula monika petra sabine renate helga karin brigitte ingrid gisela claudia
    susanne birgit heike katharina ulrike anja silke anke jean pierre michel philippe alain jacques bernard françois claude patrice christophe nicolas laurent frédéric julien sébastien guillaume
    mathieu antoine camille manon chloé léa inès jeanne amélie élodie aurélie céline sophie isabelle nathalie sylvie martine françoise monique valérie sandrine véronique hélène luc rené
    étienne benoît thierry olivier pascal josé antonio manuel francisco javier carlos alejandro miguel rafael pablo sergio fernando luis jorge alberto álvaro adrián raúl enrique diego
    carmen josefa isabel dolores pilar cristina lucía elena paula raquel rosario juana beatriz silvia marta alba inés giuseppe giovanni mario luigi francesco angelo vincenzo pietro salvatore
    franco domenico marco alessandro andrea matteo lorenzo davide luca simone federico giulia chiara francesca federica sara martina valentina alessia elisa paolo roberto giorgio rosa
    giuseppina joão antónio josé francisco paulo pedro lucas marcos gabriel rafael ana adriana juliana marcia fernanda patrícia aline bruno tiago
    johannes willem cornelis hendrik pieter daan sem bram lotte fleur sanne femke maaike erik lars anders johan per nils karl sven gunnar olof astrid ingrid kristina eva birgitta mikael fredrik
    henrik ole bjørn kari anne ingeborg søren jens mette matti juhani timo kari mika pekka antti jukka aino tuula piotr krzysztof andrzej tomasz jan paweł michał marcin jakub adam łukasz anna
    katarzyna małgorzata agnieszka barbara ewa krystyna elżbieta zofia jiří petr josef pavel jana eva hana lenka ivan dmitry sergei alexei vladimir mikhail nikolai olga natalia tatiana irina
    svetlana ekaterina elena иван дмитрий сергей алексей владимир михаил ольга наталья татьяна ирина елена анна мария александр mohammed muhammad ahmed ali omar hassan hussein
    ibrahim yusuf mustafa fatima aisha zainab khadija mehmet emre ayşe fatma zeynep elif raj amit rahul sanjay vijay rajesh suresh priya anjali neha pooja sunita deepak arjun ravi anil wei
    ming li jing hiroshi takashi kenji yuki haruto sakura minjun jihoon kwame chidi amara ngozi thabo sipho nomsa tyrone jamal latoya shanice ada alan grace linus margaret jane johnathan
    jon steve mike dave bob bill jim joe tom dan ben sam alex chris matt nick tony greg jeff ken ron ted fred kate beth liz sue jen pam kim jill tina wendy tracy holly kathy cindy
    tammy dawn crystal erica erin kristen kristin katie jenna jasmine vanessa sabrina bianca monica veronica erika priscilla gail yvonne marcus derek travis trevor craig curtis dustin
    clinton ernest leonard stanley francis bradley shane brett joel corey phillip calvin ray alvin lloyd leroy elmer clarence glenn marvin vernon norman melvin earl ricky eddie jorge`,
  ],
]
