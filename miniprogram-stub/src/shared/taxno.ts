/** The unified social credit code (GB 32100): 18 characters, the last one checks the others. */
const CHARS = '0123456789ABCDEFGHJKLMNPQRTUWXY'
export function goodTaxNo(text: string): boolean {
  const s = text.trim().toUpperCase()
  if (s.length !== 18 || [...s].some((c) => !CHARS.includes(c))) return false
  let sum = 0, weight = 1
  for (let i = 0; i < 17; i++) {
    sum += CHARS.indexOf(s[i]!) * weight
    weight = (weight * 3) % 31
  }
  return CHARS[(31 - (sum % 31)) % 31] === s[17]
}
