/**
 * Given names that nobody shortens, in the form of the English ones: of the most common ones of the United
 * States in the twentieth century (Social Security Administration, public domain) those that no other table
 * has and that are no words, titles or family names too. They are known so that Mark and Marsha are two names,
 * and no slips of one another.
 */
export const wholeNames = `
adam; alma; amber; bernice; bonnie = bonny; carla = karla; colleen; craig; darla; denise = denice; donna;
erica = erika ericka; ethan; ethel; felix; glenda; ida; jared = jarrod; jenna; leah = lea; lois;
marsha = marcia; marvin; monica = monika; naomi; norma; omar; regina; renee = renae; rhonda = ronda;
ryan = rian; sean = shaun shawn; shane = shayne; sonia = sonya sonja; tara = tarah; tiffany = tiffani;
tonya = tania tanya; travis; troy; wayne; yolanda = yolande; yvette = ivette`;
