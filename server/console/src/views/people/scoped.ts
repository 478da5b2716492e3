import type { Option } from '@/lib/fields'
import { t } from '@/lib/i18n'

/* What is given for one project, or for the whole company: "cashier|12", "cashier|". */
export const pair = (what: string, project: string | null | undefined): string => `${what}|${project ?? ''}`
export function unpair(v: string): { what: string; project_id?: string } {
  const at = v.lastIndexOf('|'), project = v.slice(at + 1)
  return { what: v.slice(0, at), ...(project ? { project_id: project } : {}) }
}
/* Everything in every place; and what is held already, so that saving never loses it. */
export function pairs(all: readonly Option[], projects: ReadonlyArray<{ id: string; name: string }>, held: readonly Option[] = []): Option[] {
  const places = [{ id: '', name: t('people.all_projects') }, ...projects]
  const options = places.flatMap((p) => all.map((o) => ({ value: pair(o.value, p.id), label: t('people.role_in', { role: o.label, project: p.name }) })))
  return [...options, ...held.filter((h) => !options.some((o) => o.value === h.value))]
}
