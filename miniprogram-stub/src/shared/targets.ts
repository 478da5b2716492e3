/** Where a message leads, by the object it is about. */
export function targetOf(object: string, id: string | null, technician: boolean): string {
  if (!id) return ''
  switch (object) {
    case 'repair': return technician ? `/pkg-tech/job/index?id=${id}` : `/pkg-owner/repair/index?id=${id}`
    case 'complaint': return `/pkg-owner/complaint/index?id=${id}`
    case 'notice': return `/pkg-owner/notice/index?id=${id}`
    case 'bill': return `/pkg-owner/bill/index?id=${id}`
    case 'bill_run': return '/pages/bills/index' // all bills of a run: the list
    case 'pay_order': return `/pkg-owner/pay/index?order=${id}`
    case 'maint_task': return technician ? `/pkg-tech/task/index?id=${id}` : ''
    case 'handover':
    case 'binding': return '/pkg-owner/rooms/index'
    case 'invoice': return '/pkg-owner/invoices/index'
    default: return ''
  }
}
