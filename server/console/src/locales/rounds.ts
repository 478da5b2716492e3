/* Handing rooms over, patrols, technicians, reliability. */
export const rounds = {
} as const
