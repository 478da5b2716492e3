import type { Ops } from '@/api/gen'
import { tx } from '@/lib/i18n'

export type HookEvent = Ops['createWebhook']['body']['events'][number]
export const hookEvents: HookEvent[] = ['repair.status', 'repair.escalated', 'bill_run.ready', 'pay.status', 'refund.status', 'finance.alarm', 'complaint.status', 'binding.applied', 'facility.status', 'facility.reported', 'facility.inspection', 'maint.task', 'maint.overdue', 'technician.duty', 'sla.overdue']
/* Keys of texts have dots of their own. */
export const eventName = (e: string) => tx('e.hook_event', e.replaceAll('.', '_'))
