/* Conditions that somebody has set; the empty ones are not asked for. */
export const given = (q: Record<string, string | number | undefined>) => Object.fromEntries(Object.entries(q).filter(([, v]) => v !== '' && v !== 0 && v !== undefined))
/* The same for an export: flags are numbers there. */
export const givenFlags = (q: Record<string, string | number | undefined>) => Object.fromEntries(Object.entries(given(q)).map(([k, v]) => [k, v === '1' ? 1 : v]))
