import * as flag from './flags.ts'

/** Words of the field, of many languages, folded to lower case; compounds as they stand in keys. */
export const contextWords: readonly (readonly [number, string])[] = [
  [
    flag.PHONE,
    `phone phones telephone telefon telefono teléfono téléphone telephoneno phonenumber phoneno tel mobile mobil cell cellphone cellular fax call calls
    called calling dial dialed ring text texted sms whatsapp whatsapp signal telegram viber handy handynummer móvil movil celular portable rufnummer
    telefonnummer telefone contact reach hotline landline callback mobilenumber telefoon telefonnr puhelin puhelinnumero telefonu telefonszám telefonas тел телефон моб мобильный звоните
    電話 电话 手机 携帯 전화 휴대폰 msisdn voicemail extension ext τηλέφωνο gsm komórka numer`,
  ],
  [
    flag.CARD,
    `card cards creditcard cardnumber cardno ccnum ccnumber cc visa mastercard amex discover maestro jcb diners pan debit credit kreditkarte karte carte
    tarjeta carta cartão kaart kort kartennummer cardnum creditcardnumber paymentcard`,
  ],
  [
    flag.NATIONAL,
    `ssn ssns social socialsecurity socialsecuritynumber nationalid nationalidnumber national nationalidentity identity identification citizen tax taxid tin itin taxpayer nino
    ni nhs nhsnumber sin tfn medicare aadhaar aadhar uidai pan cpf cnpj cuit cuil dni nie nif curp rfc rut run pesel nip bsn burgerservicenummer personnummer
    personnr personalnummer cpr fodselsnummer fødselsnummer hetu henkilötunnus henkilotunnus codice fiscale codicefiscale steuer steueridentifikationsnummer steuerid steuernummer idnr
    sozialversicherungsnummer svnr svnummer nir insee sécu secu sécurité rijksregisternummer insz niss ahv avs oib jmbg emso egn cnp amka afm pps ppsn nric fin hkid kennitala isikukood
    rodne rodné číslo birthnumber tckn tcno kimlik rrn jumin mynumber snils inn снилс инн nik ktp teudat 身份证 身份证号 resident personalid personalnumber idnumber idcard identitynumber
    identiteitsnummer utr vat nss cedula cédula idcard insurance`,
  ],
  [
    flag.BIRTH,
    `born birth birthday birthdate dob dateofbirth bday geboren geburtsdatum geburtstag geb née né naissance datedenaissance nacimiento fechanacimiento nacido nacida nascita nato nata
    nascimento nascido nascida geboortedatum födelsedatum født fødselsdato syntymäaika urodzenia urodzony urodzona ur narození naštěvování születési született doğum рождения родился родилась
    生年月日 出生日期 출생`,
  ],
  [
    flag.PASSPORT,
    `passport passports passportno passportnumber reisepass reisepassnummer pass passeport pasaporte passaporto passaporte paspoort paszport passi pas passnummer паспорт 护照 パスポート 여권 passnummer`,
  ],
  [
    flag.LICENCE,
    `licence license licenses driverslicense driverlicense drivinglicence drivinglicense licencenumber licensenumber dl dln driving driver drivers führerschein fuehrerschein
    führerscheinnummer permis licencia patente rijbewijs körkort kørekort førerkort prawo ajokortti carnet`,
  ],
  [
    flag.SECRET,
    `password passwords passwd pwd passphrase passcode secret secrets apikey secretkey accesskey privatekey clientsecret authtoken accesstoken refreshtoken apitoken
    api_key passwort kennwort contraseña senha motdepasse wachtwoord пароль credential credentials apisecret sessiontoken sharedsecret signingkey encryptionkey masterkey dbpassword
    secretaccesskey authkey webhooksecret idtoken bearer pin pincode cvv cvc cvv2 otp`,
  ],
  [flag.WEAK_SECRET, `key token auth authorization session sessionid cookie jwt signature csrf nonce sig`],
  [
    flag.FORE,
    `first last full given family middle maiden legal real birth vorname cardholder customer patient employee contact`,
  ],
  [flag.NAME, `name names named namens naam nom nome nombre navn namn nimi nazwa имя 姓名 氏名 이름`],
  [
    flag.PERSON,
    `fullname firstname lastname surname givenname familyname middlename maidenname forename cardholder cardholdername accountholder patient patientname customername
    employeename beneficiary attn vorname nachname familienname prénom prenom apellido apellidos cognome sobrenome voornaam achternaam imię imie nazwisko efternamn förnamn
    fornavn etternavn applicant passenger recipientname contactname displayname holder signatory payee guest tenant claimant insured фио фамилия`,
  ],
  [
    flag.ADDRESS,
    `address addresses addr streetaddress homeaddress mailingaddress shippingaddress billingaddress shipto residence resides residing lives adresse anschrift wohnhaft indirizzo dirección
    direccion endereço endereco adres adress osoite adresa address1 addressline lieferadresse адрес 住所 地址 주소 street postaladdress located deliver delivery`,
  ],
  [
    flag.BANK,
    `iban account accounts accountnumber acct routing aba sortcode sort bankaccount kontonummer konto cuenta compte conto rekening clabe bsb bban swift bic wire`,
  ],
  [
    flag.GEO,
    `latitude longitude lat lng lon long coordinates coords coordinate gps geo location position geolocation latlng koordinaten coordenadas coordonnées`,
  ],
  [
    flag.THING,
    `order orders invoice invoices ticket tickets sku part serial tracking trackingnumber ref reference case transaction txn txid batch build commit revision rev request requestid
    req trace traceid span spanid session uuid guid hash checksum sha md5 timestamp ts epoch unix port pid tid offset bytes size length count total amount price qty quantity
    item product isbn issn doi issue pr bug error code status http version line row column seq sequence job task process thread model lot asset barcode ean upc gtin po shipment
    parcel bestellung bestellnummer rechnung rechnungsnummer artikel artikelnummer commande facture pedido factura ordine fattura auftrag kundennummer nr duration elapsed latency ms
    objectid correlationid eventid jobid orderid transactionid ticketid productid userid customerid`,
  ],
  [
    flag.VERSION,
    `version versions v ver release firmware build kernel chrome firefox safari edge webkit gecko applewebkit node npm openssl nginx driver section chapter oid snmp assembly`,
  ],
  [
    flag.NOT_PERSON,
    `file host domain user product company brand package class function method variable column table field db database service server container image pod namespace node
    cluster queue topic bucket module event project app application process job branch repo repository group role org organization organisation business store shop team display screen nick
    account device model hostname tag label key index network program script thread schema type bank city country street state region zone`,
  ],
]
