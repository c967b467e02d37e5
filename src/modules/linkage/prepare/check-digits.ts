/**
 * Whether a code that carries check digits is free of slips; undefined for codes of no known form.
 * Knows IBAN (ISO 13616, mod 97), LEI (ISO 17442, mod 97) and numbers of 15, 16 or 19 digits (ISO/IEC
 * 7812, Luhn). `code` is lower case letters and digits only.
 */
export function hasValidCheckDigits(code: string): boolean | undefined {
  if (/^[a-z]{2}\d{2}[a-z0-9]{11,30}$/.test(code)) {
    return remainder97(code.slice(4) + code.slice(0, 4)) === 1;
  }
  if (/^[a-z0-9]{18}\d{2}$/.test(code) && /[a-z]/.test(code)) {
    return remainder97(code) === 1;
  }
  return /^(?:\d{15,16}|\d{19})$/.test(code) ? isLuhn(code) : undefined;
}

/** The remainder by 97 where a letter counts as two digits, a = 10 to z = 35. */
function remainder97(code: string): number {
  let rest = 0;
  for (const character of code) {
    const digit = Number.parseInt(character, 36);
    rest = (rest * (digit > 9 ? 100 : 10) + digit) % 97;
  }
  return rest;
}

function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
