import type { Project, Staff } from '@/api/gen'
import type { Option } from '@/lib/fields'
import { t, tx } from '@/lib/i18n'

type Projects = ReadonlyArray<Pick<Project, 'id' | 'name'>>
export const inPlace = (what: string, project: string | null, projects: Projects): string =>
  t('people.role_in', { role: what, project: project ? (projects.find((p) => p.id === project)?.name ?? project) : t('people.all_projects') })
export const grantText = (s: Pick<Staff, 'grants'>, projects: Projects): string => s.grants.map((g) => inPlace(tx('e.role', g.role), g.project_id, projects)).join('、')

/* What is given for one project, or for the whole company: "cashier|12", "cashier|". */
export const pair = (what: string, project: string | null | undefined): string => `${what}|${project ?? ''}`
export function unpair(v: string): { what: string; project_id?: string } {
  const at = v.lastIndexOf('|'), project = v.slice(at + 1)
  return { what: v.slice(0, at), ...(project ? { project_id: project } : {}) }
}
/* Everything in every place; and what is held already, so that saving never loses it. */
export function pairs(all: readonly Option[], projects: Projects, held: readonly Option[] = []): Option[] {
  const options = [null, ...projects.map((p) => p.id)].flatMap((p) => all.map((o) => ({ value: pair(o.value, p), label: inPlace(o.label, p, projects) })))
  return [...options, ...held.filter((h) => !options.some((o) => o.value === h.value))]
}
