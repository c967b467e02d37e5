/**
 * Names, towns and streets of seven countries, each list in rough order of frequency: the first is
 * drawn most often. Names are common ones anybody bears; no list describes a real person.
 */

export interface Locale {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** How many households of a hundred live here. */
  readonly share: number;
  readonly female: readonly string[];
  readonly male: readonly string[];
  readonly family: readonly string[];
  readonly streets: readonly string[];
  /** A house number before the street, as in the United States and France. */
  readonly numberFirst: boolean;
  /** Towns with the beginning of their postal codes; `#` stands for any digit. */
  readonly cities: readonly (readonly [name: string, postalCode: string])[];
  /** International telephone numbers; `#` stands for any digit. */
  readonly phones: readonly string[];
  /** Given names with what their bearers are called. */
  readonly nicknames: Readonly<Record<string, readonly string[]>>;
}

function list(text: string): readonly string[] {
  return text.split(",").map((item) => item.trim());
}

function cities(text: string): readonly (readonly [string, string])[] {
  return list(text).map((item) => {
    const space = item.lastIndexOf(" ");
    return [item.slice(0, space).replaceAll("_", " "), item.slice(space + 1).replaceAll("_", " ")];
  });
}

function nicknames(text: string): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    list(text).map((item) => {
      const [name, ...nicks] = item.split("/");
      return [name ?? item, nicks];
    }),
  );
}

/** American numbers are of the exchange 555, which no exchange serves. */
export const AMERICAN: Locale = {
  country: "US",
  share: 46,
  female: list(
    `Mary, Patricia, Jennifer, Linda, Elizabeth, Barbara, Susan, Jessica, Sarah, Karen, Nancy, Lisa,
    Margaret, Sandra, Ashley, Kimberly, Emily, Donna, Michelle, Carol, Amanda, Melissa, Deborah, Stephanie,
    Rebecca, Laura, Sharon, Cynthia, Dorothy, Amy, Kathleen, Angela, Shirley, Brenda, Emma, Anna, Pamela,
    Nicole, Samantha, Katherine, Christine, Helen, Debra, Rachel, Carolyn, Janet, Maria, Catherine, Heather, Diane`,
  ),
  male: list(
    `James, Robert, John, Michael, David, William, Richard, Joseph, Thomas, Charles, Christopher, Daniel,
    Matthew, Anthony, Mark, Donald, Steven, Andrew, Paul, Joshua, Kenneth, Kevin, Brian, George, Timothy,
    Ronald, Jason, Edward, Jeffrey, Ryan, Jacob, Gary, Nicholas, Eric, Jonathan, Stephen, Larry, Justin,
    Scott, Brandon, Benjamin, Samuel, Gregory, Alexander, Patrick, Frank, Raymond, Jack, Dennis, Jerry`,
  ),
  family: list(
    `Smith, Johnson, Williams, Brown, Jones, Garcia, Miller, Davis, Rodriguez, Martinez, Hernandez, Lopez,
    Gonzalez, Wilson, Anderson, Thomas, Taylor, Moore, Jackson, Martin, Lee, Perez, Thompson, White, Harris,
    Sanchez, Clark, Ramirez, Lewis, Robinson, Walker, Young, Allen, King, Wright, Scott, Torres, Nguyen, Hill,
    Flores, Green, Adams, Nelson, Baker, Hall, Rivera, Campbell, Mitchell, Carter, Roberts, Gomez, Phillips,
    Evans, Turner, Diaz, Parker, Cruz, Edwards, Collins, Reyes, Stewart, Morris, Morales, Murphy, Cook, Rogers,
    Gutierrez, Ortiz, Morgan, Cooper, Peterson, Bailey, Reed, Kelly, Howard, Ramos, Kim, Cox, Ward, Richardson,
    O'Brien, McCarthy, Fitzgerald, Van Dyke, Kowalski, Schroeder, Lindqvist, Abernathy, Whitaker, Blankenship`,
  ),
  streets: list(
    `Main Street, Oak Avenue, Park Avenue, Maple Street, Cedar Lane, Elm Street, Washington Boulevard,
    Lake Drive, Hill Road, Pine Street, Sunset Boulevard, Walnut Street, Spring Street, Highland Avenue,
    Mission Street, River Road, Church Street, Valencia Street, Franklin Avenue, Jefferson Way`,
  ),
  numberFirst: true,
  cities: cities(
    `Los_Angeles 900##, San_Diego 921##, San_Jose 951##, San_Francisco 941##, Fresno 937##,
    Sacramento 958##, Long_Beach 908##, Oakland 946##, Bakersfield 933##, Anaheim 928##, Stockton 952##,
    Riverside 925##, Irvine 926##, Modesto 953##, Santa_Rosa 954##, Eureka 955##, Redding 960##, Salinas 939##`,
  ),
  phones: list(
    `+1213555####, +1310555####, +1408555####, +1415555####, +1510555####, +1559555####, +1619555####,
    +1626555####, +1650555####, +1661555####, +1707555####, +1714555####, +1760555####, +1805555####,
    +1818555####, +1831555####, +1858555####, +1909555####, +1916555####, +1925555####, +1949555####, +1951555####`,
  ),
  nicknames: nicknames(
    `Robert/Bob/Rob/Bobby, William/Bill/Will/Billy, Richard/Rick/Dick, James/Jim/Jimmy, John/Jack/Johnny,
    Michael/Mike, Joseph/Joe, Thomas/Tom, Charles/Charlie/Chuck, Christopher/Chris, Daniel/Dan/Danny,
    Matthew/Matt, Anthony/Tony, Donald/Don, Steven/Steve, Andrew/Andy/Drew, Joshua/Josh, Kenneth/Ken,
    Timothy/Tim, Ronald/Ron, Edward/Ed/Ted, Jeffrey/Jeff, Nicholas/Nick, Jonathan/Jon, Benjamin/Ben,
    Samuel/Sam, Gregory/Greg, Alexander/Alex, Patrick/Pat, Raymond/Ray, Patricia/Pat/Trish, Jennifer/Jen/Jenny,
    Elizabeth/Liz/Beth/Betty, Barbara/Barb, Susan/Sue, Jessica/Jess, Margaret/Peggy/Maggie, Kimberly/Kim,
    Deborah/Debbie, Stephanie/Steph, Rebecca/Becky, Cynthia/Cindy, Kathleen/Kathy, Pamela/Pam, Nicole/Nikki,
    Samantha/Sam, Katherine/Kate/Kathy, Christine/Chris/Tina, Catherine/Cathy, Amanda/Mandy`,
  ),
};

const GERMAN: Locale = {
  country: "DE",
  share: 15,
  female: list(
    `Maria, Ursula, Anna, Monika, Petra, Sabine, Elisabeth, Renate, Helga, Karin, Brigitte, Ingrid, Andrea,
    Gisela, Claudia, Julia, Katharina, Susanne, Christina, Lena, Sophie, Hannah, Käthe, Anneliese, Jördis`,
  ),
  male: list(
    `Peter, Michael, Thomas, Andreas, Wolfgang, Klaus, Jürgen, Günter, Stefan, Christian, Uwe, Werner, Horst,
    Frank, Dieter, Manfred, Gerhard, Hans, Bernd, Torsten, Matthias, Lukas, Jonas, Björn, Jörg`,
  ),
  family: list(
    `Müller, Schmidt, Schneider, Fischer, Weber, Meyer, Wagner, Becker, Schulz, Hoffmann, Schäfer, Koch, Bauer,
    Richter, Klein, Wolf, Schröder, Neumann, Schwarz, Zimmermann, Braun, Krüger, Hofmann, Hartmann, Lange,
    Schmitt, Werner, Schmitz, Krause, Meier, Lehmann, Köhler, Herrmann, König, Walter, Mayer, Huber, Kaiser,
    Fuchs, Peters, Lang, Scholz, Möller, Weiß, Jung, Hahn, Vogel, Friedrich, von Bergen, Günther`,
  ),
  streets: list(
    `Hauptstraße, Bahnhofstraße, Schulstraße, Gartenstraße, Dorfstraße, Bergstraße, Lindenstraße, Kirchweg,
    Goethestraße, Schillerstraße, Am Markt, Ringstraße, Waldweg, Mühlenweg, Rosenstraße, Ahornallee`,
  ),
  numberFirst: false,
  cities: cities(
    `Berlin 10###, Hamburg 20###, München 80###, Köln 50###, Frankfurt_am_Main 60###, Stuttgart 70###,
    Düsseldorf 40###, Leipzig 04###, Dortmund 44###, Bremen 28###, Dresden 01###, Hannover 30###, Nürnberg 90###`,
  ),
  phones: list(
    "+49151########, +49160#######, +49170#######, +49171#######, +49175#######, +49176########",
  ),
  nicknames: nicknames(
    `Michael/Michi, Thomas/Tom, Andreas/Andi, Wolfgang/Wolfi, Stefan/Steffen, Christian/Chris, Hans/Hansi,
    Matthias/Matze, Katharina/Kathi, Elisabeth/Lisa/Sissi, Susanne/Susi, Christina/Tina, Ursula/Uschi, Brigitte/Gitti`,
  ),
};

const FRENCH: Locale = {
  country: "FR",
  share: 12,
  female: list(
    `Marie, Nathalie, Isabelle, Sylvie, Catherine, Françoise, Martine, Christine, Monique, Valérie, Sandrine,
    Véronique, Nicole, Stéphanie, Sophie, Céline, Chloé, Camille, Léa, Manon, Hélène, Aurélie, Anaïs, Zoé`,
  ),
  male: list(
    `Jean, Philippe, Michel, Alain, Patrick, Nicolas, Christophe, Pierre, Christian, Éric, Frédéric, Laurent,
    Stéphane, David, Pascal, Daniel, Julien, Thomas, Antoine, Hugo, Lucas, Jérôme, François, Rémi, Jean-Luc`,
  ),
  family: list(
    `Martin, Bernard, Thomas, Petit, Robert, Richard, Durand, Dubois, Moreau, Laurent, Simon, Michel, Lefèvre,
    Leroy, Roux, David, Bertrand, Morel, Fournier, Girard, Bonnet, Dupont, Lambert, Fontaine, Rousseau, Vincent,
    Müller, Lefebvre, Faure, André, Mercier, Blanc, Guérin, Boyer, Garnier, Chevalier, François, Legrand,
    Gauthier, Garcia, Perrin, Robin, Clément, Morin, Nicolas, Henry, Roussel, Mathieu, de La Tour, D'Amico`,
  ),
  streets: list(
    `rue de la Paix, rue Victor Hugo, avenue de la République, rue du Moulin, place de l'Église, rue Pasteur,
    boulevard Voltaire, rue des Écoles, rue Jean Jaurès, chemin des Vignes, rue du Château, allée des Tilleuls`,
  ),
  numberFirst: true,
  cities: cities(
    `Paris 750##, Marseille 130##, Lyon 690##, Toulouse 310##, Nice 060##, Nantes 440##, Montpellier 340##,
    Strasbourg 670##, Bordeaux 330##, Lille 590##, Rennes 350##, Reims 511##, Saint-Étienne 420##, Besançon 250##`,
  ),
  phones: list(
    "+3360#######, +3361#######, +3362#######, +3365#######, +3366#######, +3367#######, +3368#######",
  ),
  nicknames: nicknames(
    `Nathalie/Nath, Isabelle/Isa, Catherine/Cathy, Véronique/Véro, Stéphanie/Steph, Christophe/Chris,
    Philippe/Phil, Frédéric/Fred, Nicolas/Nico, Stéphane/Steph, Valérie/Val, Sandrine/Sandy, Antoine/Tonio`,
  ),
};

const SPANISH: Locale = {
  country: "ES",
  share: 10,
  female: list(
    `María, Carmen, Ana, Isabel, Laura, Cristina, Marta, Dolores, Lucía, Elena, Pilar, Raquel, Rosa, Beatriz,
    Paula, Teresa, Mercedes, Nuria, Irene, Rocío, Begoña, Inés, Ángela, María José, Ana María`,
  ),
  male: list(
    `Antonio, José, Manuel, Francisco, Juan, David, José Antonio, Javier, Daniel, Carlos, Jesús, Alejandro,
    Miguel, Rafael, Pedro, Ángel, Pablo, Sergio, Fernando, Jorge, Luis, Álvaro, Íñigo, Raúl, Andrés`,
  ),
  family: list(
    `García, Rodríguez, González, Fernández, López, Martínez, Sánchez, Pérez, Gómez, Martín, Jiménez, Ruiz,
    Hernández, Díaz, Moreno, Muñoz, Álvarez, Romero, Alonso, Gutiérrez, Navarro, Torres, Domínguez, Vázquez,
    Ramos, Gil, Ramírez, Serrano, Blanco, Molina, Morales, Suárez, Ortega, Delgado, Castro, Ortiz, Rubio,
    Marín, Sanz, Núñez, García López, Pérez Martín, Ruiz Gómez, Iglesias, Medina, Peña, Ibáñez, Zúñiga`,
  ),
  streets: list(
    `Calle Mayor, Calle Real, Avenida de la Constitución, Calle del Sol, Paseo del Prado, Calle San Juan,
    Plaza de España, Calle Nueva, Calle Cervantes, Avenida de Andalucía, Calle de la Iglesia, Ronda de Atocha`,
  ),
  numberFirst: false,
  cities: cities(
    `Madrid 280##, Barcelona 080##, Valencia 460##, Sevilla 410##, Zaragoza 500##, Málaga 290##, Murcia 300##,
    Palma 070##, Bilbao 480##, Alicante 030##, Córdoba 140##, Valladolid 470##, A_Coruña 150##, Cádiz 110##`,
  ),
  phones: list("+346########"),
  nicknames: nicknames(
    `Francisco/Paco/Fran, José/Pepe, Antonio/Toni, Manuel/Manolo, Jesús/Chus, Alejandro/Álex, Rafael/Rafa,
    Dolores/Lola, Isabel/Isa, Cristina/Cris, Teresa/Tere, Mercedes/Merche, Beatriz/Bea, Javier/Javi, Fernando/Nando`,
  ),
};

const POLISH: Locale = {
  country: "PL",
  share: 8,
  female: list(
    `Anna, Maria, Katarzyna, Małgorzata, Agnieszka, Barbara, Ewa, Krystyna, Magdalena, Elżbieta, Joanna,
    Aleksandra, Zofia, Monika, Teresa, Danuta, Natalia, Karolina, Marta, Julia, Łucja, Bożena`,
  ),
  male: list(
    `Piotr, Krzysztof, Andrzej, Tomasz, Jan, Paweł, Michał, Marcin, Jakub, Adam, Stanisław, Marek, Łukasz,
    Grzegorz, Mateusz, Wojciech, Mariusz, Dariusz, Zbigniew, Jerzy, Maciej, Rafał`,
  ),
  family: list(
    `Nowak, Kowalski, Wiśniewski, Wójcik, Kowalczyk, Kamiński, Lewandowski, Zieliński, Szymański, Woźniak,
    Dąbrowski, Kozłowski, Mazur, Jankowski, Wojciechowski, Kwiatkowski, Krawczyk, Kaczmarek, Piotrowski, Grabowski,
    Pawłowski, Michalski, Król, Wieczorek, Jabłoński, Wróbel, Nowakowski, Majewski, Stępień, Malinowski,
    Jaworski, Adamczyk, Dudek, Pawlak, Górski, Sikora, Walczak, Rutkowski, Baran, Szewczyk`,
  ),
  streets: list(
    `ul. Polna, ul. Leśna, ul. Słoneczna, ul. Krótka, ul. Szkolna, ul. Ogrodowa, ul. Lipowa, ul. Łąkowa,
    ul. Brzozowa, ul. Kwiatowa, ul. Kościelna, al. Jerozolimskie, ul. Mickiewicza, ul. Kościuszki`,
  ),
  numberFirst: false,
  cities: cities(
    `Warszawa 00-###, Kraków 30-###, Łódź 90-###, Wrocław 50-###, Poznań 60-###, Gdańsk 80-###, Szczecin 70-###,
    Bydgoszcz 85-###, Lublin 20-###, Białystok 15-###, Katowice 40-###, Rzeszów 35-###`,
  ),
  phones: list(
    "+48501######, +48510######, +48600######, +48605######, +48660######, +48790######",
  ),
  nicknames: nicknames(
    `Katarzyna/Kasia, Małgorzata/Gosia, Agnieszka/Aga, Barbara/Basia, Krystyna/Krysia, Magdalena/Magda,
    Elżbieta/Ela, Joanna/Asia, Aleksandra/Ola, Zofia/Zosia, Krzysztof/Krzysiek, Tomasz/Tomek, Jakub/Kuba,
    Stanisław/Staszek, Grzegorz/Grzesiek, Wojciech/Wojtek, Andrzej/Jędrek, Jan/Janek, Michał/Misiek`,
  ),
};

const TURKISH: Locale = {
  country: "TR",
  share: 5,
  female: list(
    `Fatma, Ayşe, Emine, Hatice, Zeynep, Elif, Meryem, Şerife, Zehra, Sultan, Merve, Özlem, Esra, Büşra, Gülsüm, Çiğdem, İrem`,
  ),
  male: list(
    `Mehmet, Mustafa, Ahmet, Ali, Hüseyin, Hasan, İbrahim, İsmail, Yusuf, Osman, Murat, Ömer, Ramazan, Halil, Emre, Çağlar, Uğur`,
  ),
  family: list(
    `Yılmaz, Kaya, Demir, Çelik, Şahin, Yıldız, Yıldırım, Öztürk, Aydın, Özdemir, Arslan, Doğan, Kılıç, Aslan,
    Çetin, Kara, Koç, Kurt, Özkan, Şimşek, Polat, Korkmaz, Erdoğan, Güneş, Işık, Bulut, Aktaş, Yavuz`,
  ),
  streets: list(
    `Atatürk Caddesi, Cumhuriyet Caddesi, İstiklal Caddesi, Gül Sokak, Lale Sokak, Çınar Sokak, Barış Sokak, İnönü Bulvarı`,
  ),
  numberFirst: false,
  cities: cities(
    `İstanbul 34###, Ankara 06###, İzmir 35###, Bursa 16###, Antalya 07###, Adana 01###, Konya 42###, Gaziantep 27###, Eskişehir 26###`,
  ),
  phones: list(
    "+90530#######, +90532#######, +90533#######, +90535#######, +90542#######, +90555#######",
  ),
  nicknames: nicknames(
    "Mehmet/Memo, Mustafa/Mıstık, İbrahim/İbo, Hatice/Hatçe, Zeynep/Zeyno, Emine/Emoş",
  ),
};

const VIETNAMESE: Locale = {
  country: "VN",
  share: 4,
  female: list(
    `Thị Hoa, Thị Lan, Thị Hương, Thị Mai, Ngọc Anh, Thu Hà, Thị Hồng, Thanh Thảo, Minh Châu, Bích Ngọc, Thùy Linh, Quỳnh Như`,
  ),
  male: list(
    `Văn Hùng, Minh Tuấn, Văn Nam, Quang Huy, Đức Anh, Văn Dũng, Hoàng Long, Thành Trung, Công Minh, Hữu Phước, Đình Khoa, Bảo Quốc`,
  ),
  family: list(
    `Nguyễn, Trần, Lê, Phạm, Hoàng, Huỳnh, Phan, Vũ, Võ, Đặng, Bùi, Đỗ, Hồ, Ngô, Dương, Lý, Đinh, Trịnh, Mai, Tạ`,
  ),
  streets: list(
    `Trần Hưng Đạo, Lê Lợi, Nguyễn Huệ, Hai Bà Trưng, Lý Thường Kiệt, Nguyễn Trãi, Điện Biên Phủ, Phan Chu Trinh`,
  ),
  numberFirst: true,
  cities: cities(
    `Hà_Nội 10####, Thành_phố_Hồ_Chí_Minh 70####, Đà_Nẵng 55####, Hải_Phòng 18####, Cần_Thơ 94####, Huế 53####, Đà_Lạt 66####`,
  ),
  phones: list("+8490#######, +8491#######, +8493#######, +8497#######, +8498#######"),
  nicknames: {},
};

export const LOCALES: readonly Locale[] = [
  AMERICAN,
  GERMAN,
  FRENCH,
  SPANISH,
  POLISH,
  TURKISH,
  VIETNAMESE,
];
