import { folded } from "./folding.ts";
import type { FieldKind } from "../model/model.ts";

/** What the name of a column says that it is. */
export type HeaderMeaning =
  | { readonly kind: FieldKind }
  /** A name of a person or a firm: which part of it, the other columns and the values say. */
  | { readonly kind: "some-name" }
  | { readonly kind: "latitude" | "longitude" }
  /** A number that the firm gives its customers: a field only where records share it. */
  | { readonly kind: "own-number" }
  /** The same of an account, company or household: many may share it and yet be as many people. */
  | { readonly kind: "group-number" }
  | { readonly kind: "ignored"; readonly reason: string };

/** @returns undefined for a name that says nothing */
export function meaningOfHeader(column: string): HeaderMeaning | undefined {
  const words = headerWords(column);
  return rules.find(([pattern]) => pattern.test(words))?.[1];
}

/** The words of a column's name, joined by `_`: `EMail1`, `e-mail 1` and `E_MAIL_1` are alike. */
export function headerWords(column: string): string {
  return folded(
    column.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2").replace(/(\p{L})(\d)/gu, "$1 $2"),
  ).replaceAll(" ", "_");
}

/** Names are whole words of a header unless they end in `*`; `=` before one: it is all of the header. */
function rule(names: string, meaning: HeaderMeaning): readonly [RegExp, HeaderMeaning] {
  const alternatives = names
    .trim()
    .split(/\s+/)
    .map((name) => {
      const pattern = name.replace("=", "").replace("*", "[a-z]*");
      return name.startsWith("=") ? `^${pattern}$` : `(?:^|_)${pattern}(?:_|$)`;
    });
  return [new RegExp(alternatives.join("|")), meaning];
}

const because = (reason: string): HeaderMeaning => ({ kind: "ignored", reason });

/**
 * English, German, French, Spanish, with the commonest of Italian, Portuguese, Dutch and Polish. The
 * first that fits counts, so that `birth_place` is no birth and `email_address` no address.
 */
const rules: readonly (readonly [RegExp, HeaderMeaning])[] = [
  rule(
    `=id =key =pk =nr =no =index =idx =row =rowid =uuid =guid =lfd_nr =unnamed_\\d+ row_id row_number row_num
     rec_id record_id record_key unique_id object_id line_number satz_nr datensatz*`,
    because("it numbers the records"),
  ),
  rule(
    `cluster cluster_id entity_id golden_id match_id group_id dup_id duplicate_of true_id truth ground_truth
     person_key label`,
    because("it holds an answer: which records belong together"),
  ),
  rule(
    `data_source source source_system system origin file_name filename batch quelle herkunft origen fuente
     import_id etl`,
    because("it says where the record comes from"),
  ),
  rule(
    `type typ status state_code_type active aktiv actif activo flag is_\\w+ has_\\w+ category kategorie categorie
     categoria class segment rel_\\w+ \\w+_type \\w+_role priority version rank
     (?:passport|licen[cs]e|id|ssn|tax_id|national_id|phone)_(?:country|state|type|kind)`,
    because("it classifies the record or another column"),
  ),
  rule(
    `amount price balance total revenue turnover umsatz betrag preis saldo salary income gehalt score points
     punkte quantity qty menge count anzahl limit importe precio montant prix importo prezzo valor spend
     orders visits age alter edad`,
    because("it is an amount, which changes"),
  ),
  rule(
    `created\\w* updated\\w* modified\\w* changed\\w* inserted\\w* loaded\\w* registered\\w* registration_date
     signup\\w* sign_up joined\\w* since last_\\w*(?:login|visit|order|contact|purchase|seen|activity|update)
     timestamp erstellt\\w* geandert\\w* angelegt\\w* aenderung\\w* consent\\w* opt_in valid_\\w+ expir\\w+ ablauf\\w*
     =date =datum =fecha =data =time order_date booking_date buchungsdatum creation\\w* creado\\w* cree_\\w+`,
    because("it dates the record, not the person"),
  ),
  rule(
    `notes? comments? remarks? bemerkung\\w* notiz\\w* kommentar\\w* description beschreibung memo remarques?
     commentaires? notas? comentarios? observaciones`,
    because("it is free text"),
  ),
  rule(
    `title titel salutation anrede civilite tratamiento saludo prefix name_prefix titre`,
    because("it is a form of address"),
  ),
  rule(
    `url website web homepage webseite ip ip_address photo image password hash`,
    because("it is technical"),
  ),
  rule(`email emails e_?mail mail\\w* courriel correo\\w* poczta`, { kind: "email" }),
  rule(
    `phones? phone\\w* mobiles? mobil* tel telephone* telefon* telefono* handy* cell cellphone cellulare celular
     movil portable fax gsm msisdn rufnummer festnetz whatsapp telefoon* contact_number`,
    { kind: "phone" },
  ),
  rule(
    `birth_?place place_of_birth city_of_birth birth_city birth_country pob geburtsort lieu_(?:de_)?naissance
     lugar_(?:de_)?nacimiento luogo_(?:di_)?nascita local_nascimento geboorteplaats miejsce_urodzenia`,
    { kind: "place" },
  ),
  rule(
    `dob d_o_b birth birth_?date date_of_birth birth_?day birth_?year year_of_birth yob born geburtsdatum
     geburtstag geburtsjahr geb_?dat\\w* gebdatum geboren date_(?:de_)?naissance naissance ddn fecha_(?:de_)?nacimiento
     nacimiento fecha_nac data_(?:di_)?nascita nascita data_(?:de_)?nascimento nascimento geboortedatum
     data_urodzenia date_of_death death_date deceased\\w* todes\\w* date_(?:de_)?deces incorporation\\w* founded\\w*
     grundung\\w*`,
    { kind: "date" },
  ),
  rule(
    `post_?code postal_?code postal zip zip_?code zip_?plus plz postleitzahl code_postal codigo_postal cod_postal cp
     cap cep kod_pocztowy postnr postnummer`,
    { kind: "postal-code" },
  ),
  rule(
    `(?:account|acct|employer|household)_(?:id|no|nr|num|number|key|code) (?:company|organi[sz]ation|org)_(?:id|key|code)
     kontonummer firmennummer haushaltsnummer haushalts_?nr`,
    { kind: "group-number" },
  ),
  rule(
    `(?:customer|client|cust|member|membership|loyalty|card|contact|person|user|patient|subscriber)_(?:id|no|nr|num|number|key|code)
     kunden_?nr kundennummer mitglieds?_?nr mitgliedsnummer numero_(?:de_)?client num_client
     (?:numero|codigo|id)_(?:de_)?cliente codice_cliente klantnummer klant_id kunden_id debitor\\w*`,
    { kind: "own-number" },
  ),
  rule(
    `ssn soc_?sec social_security\\w* passport* reisepass* passeport pasaporte drivers? driving_licen[cs]e
     licen[cs]e_(?:no|nr|number) national_(?:id|identity|insurance)\\w* nino personal_?id tax_(?:id|no|number) tin itin ein steuernummer
     steuer_id steueridentifikationsnummer ust_?id\\w* vat vat_\\w+ tva nif nie dni cif curp rfc siret siren
     numero_securite_sociale nir codice_fiscale partita_iva cpf cnpj pesel nip bsn nhs* medicare lei iban
     sozialversicherungsnummer sv_?nummer ahv* ausweis* personalausweis* company_number registration_(?:no|number)
     handelsregister* hrb duns abn acn uen insurance_(?:no|number|id) versicherungsnummer id_(?:number|no|nr|card)
     identity_(?:number|no) cedula matricule`,
    { kind: "identifier" },
  ),
  rule(`employer arbeitgeber employeur empleador`, { kind: "text" }),
  rule(
    `company company_name companyname organi[sz]ation organi[sz]ation_name org org_name name_org business
     business_name firm firma firmenname firmen_name unternehmen* societe entreprise raison_sociale empresa
     razon_social azienda ragione_sociale bedrijf bedrijfsnaam nazwa_firmy legal_name account_name trading_name
     dba institution`,
    { kind: "company-name" },
  ),
  rule(
    `full_?name name_full (?:person|customer|client|contact|complete|display|patient|member|cust)_name
     first_and_(?:sur|last|family)_?name? first_and_surname vor_und_(?:nach|zu)name vor_nachname gesamtname
     vollstandiger_name kundenname nom_complet nom_(?:et_)?prenoms? prenoms?_(?:et_)?nom nombre_completo
     nombre_y_apellidos? nombres?_apellidos? nome_completo nome_e_cognome nome_cognome volledige_naam
     imie_i_nazwisko ansprechpartner* contact_person alias aka`,
    { kind: "full-name" },
  ),
  rule(
    `(?:given|first|fore|christian|middle|second|other)_?names? name_(?:given|first|middle) fname mname
     middle_initial nick_?name vornamen? rufname zweiter_vorname prenoms? nombre_(?:de_)?pila
     (?:primer|segundo)_nombre nombres voornaam voornamen imie drugie_imie primeiro_nome`,
    { kind: "given-name" },
  ),
  rule(
    `(?:sur|last|family|maiden|birth)_?names? name_(?:last|family) lname nachname familienname zuname geburtsname
     nom_(?:de_)?famille nom_(?:d_)?usage nom_(?:de_)?naissance apellidos? cognome sobrenome apelido achternaam
     nazwisko`,
    { kind: "family-name" },
  ),
  rule(`names? nom nombre nome naam nazwa`, { kind: "some-name" }),
  rule(`lat latitude breitengrad geo_breite latitud latitudine`, { kind: "latitude" }),
  rule(`lon lng long longitude langengrad laengengrad geo_lange longitud longitudine`, {
    kind: "longitude",
  }),
  rule(`geo coordinates? koordinaten latlon lat_?lng geo_?point location_point`, {
    kind: "coordinates",
  }),
  rule(
    `(?:street|house|building)_?(?:number|no|nr|num) hausnummer haus_?nr hnr huisnummer numero_(?:de_)?(?:rue|voie|calle)
     numero_civico civico num_calle nr_domu =numero`,
    { kind: "house-number" },
  ),
  rule(`citizenship nationality nationalit\\w+ staatsangehorigkeit nacionalidad`, {
    kind: "category",
  }),
  rule(`country country_\\w+ land pays pais paese kraj nation laender_?code`, { kind: "country" }),
  rule(
    `states? province region bundesland kanton canton departement provincia estado stan wojewodztwo regione
     territory`,
    { kind: "category" },
  ),
  rule(
    `city town suburb locality village municipality ort wohnort ortschaft stadt gemeinde ville commune ciudad
     municipio poblacion localidad citta comune cidade stad woonplaats plaats miasto miejscowosc place district
     county landkreis borough area_name post_town`,
    { kind: "place" },
  ),
  rule(
    `street street_\\w+ str strasse* addr addr_\\w+ address* adresse* anschrift* direccion* domicilio calle rue voie
     via indirizzo straat* adres* ulica rua endereco road line_\\d lines? apartment unit flat`,
    { kind: "street-address" },
  ),
  rule(
    `gender sex geschlecht sexe sexo genero sesso occupation profession job job_title beruf metier profesion
     ocupacion professione marital_status familienstand language sprache langue idioma race ethnicity religion
     blood_type department abteilung`,
    { kind: "category" },
  ),
  rule(`tags interests skills interessen`, { kind: "set" }),
];
