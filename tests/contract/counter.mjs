// counter.mjs - the counter's part of the live answers: every operation once with success, and what it refuses.
// SPDX-License-Identifier: MIT
import {execFileSync} from 'node:child_process'

export async function counter({call, say, bills, room}) {
    const take = async (bill, more = {}) => call('takePayment', {who: 'cashier', body: {method: 'cash', bills: [bill.id], ...more}})
    const paid = await take(bills[1])

    // paper
    const pdf = await call('getReceipt', {who: 'cashier', args: {id: paid.id}, status: 200})
    say(pdf.type === 'application/pdf', 'a receipt is a PDF')
    const copy = await call('getReceipt', {who: 'owner', args: {id: paid.id}, status: 404})
    say(copy.error?.code === 'not_found', 'another resident gets no receipt')
    say((await call('listReceiptPrints', {who: 'auditor', args: {id: paid.id}})).items.length === 1, 'one print was counted')
    const text = execFileSync('pdftotext', ['-raw', '-', '-'], {input: pdf.bytes, encoding: 'utf8'})
    const code_on_paper = /验证码:([0-9A-Z-]{35})/.exec(text)?.[1]
    say((await call('verifyReceipt', {args: {code: code_on_paper}})).state === 'valid', 'the receipt is valid')
    await call('verifyReceipt', {args: {code: '0'.repeat(32)}, status: 404})

    // the shift
    const open = await call('getOpenCashShift', {who: 'cashier'})
    await call('closeCashShift', {who: 'cashier', body: {float_fen: 10000, counted_fen: open.expected_fen}, status: 422})
    const shift = await call('closeCashShift', {who: 'cashier', body: {float_fen: 10000, counted_fen: open.expected_fen + 9900, reason: '找零有误'}})
    await call('listCashShifts', {who: 'auditor', query: '?state=closed&limit=5'})
    await call('confirmCashShift', {who: 'manager', args: {id: shift.id}, body: {counted_fen: shift.counted_fen}})
    await call('getCashShift', {who: 'auditor', args: {id: shift.id}})
    await call('printCashShift', {who: 'manager', args: {id: shift.id}, status: 200})
    await call('voidPayment', {who: 'manager', args: {id: paid.id}, body: {reason: '太晚了'}, status: 409})

    // codes on doors
    const code = await call('makeRoomCode', {who: 'service', args: {id: room.id}, body: {}})
    await call('getRoomCode', {who: 'service', args: {id: room.id}})
    for (const [id, type] of [['getRoomCodePng', 'image/png'], ['getRoomCodeSvg', 'image/svg+xml'], ['getRoomCodePdf', 'application/pdf']])
        say((await call(id, {who: 'service', args: {id: room.id}, status: 200})).type === type, `${id} is ${type}`)
    const building = (await call('reportReceivable', {who: 'manager', query: '?by=building'})).items[0].key
    await call('makeBuildingCodes', {who: 'service', args: {id: building}, body: {}})
    await call('getBuildingCodes', {who: 'service', args: {id: building}, status: 200})
    await call('openRoomCode', {args: {token: code.token}})
    await call('checkRoomCode', {args: {token: code.token}, body: {last4: '9999'}, status: 422})
    await call('checkRoomCode', {args: {token: code.token}, body: {last4: '0100'}})
    await call('revokeRoomCode', {who: 'service', args: {id: room.id}})
    await call('openRoomCode', {args: {token: code.token}, status: 404})

    // the books
    for (const by of ['project', 'building', 'item', 'month', 'payer'])
        await call('reportReceivable', {who: 'auditor', query: `?by=${by}`})
    for (const by of ['day', 'method', 'cashier', 'item', 'project'])
        await call('reportTakings', {who: 'auditor', query: `?by=${by}`})
    await call('getTrialBalance', {who: 'auditor'})
    const page = await call('getAccountLedger', {who: 'auditor', args: {account: 'receivable'}, query: '?limit=2'})
    await call('getAccountLedger', {who: 'auditor', args: {account: 'receivable'}, query: `?limit=2&after=${page.next_after}`})
    await call('getAccountLedger', {who: 'auditor', args: {account: 'moon'}, status: 404})
    const day = new Date(Date.now() - 24 * 3600000 + 8 * 3600000).toISOString().slice(0, 10).replaceAll('-', '')
    await call('closeDays', {who: 'cashier', body: {day: Number(day)}, status: 403})
    await call('closeDays', {who: 'manager', body: {day: Number(day)}})
    say((await call('getClosedDay', {who: 'cashier'})).closed_until === Number(day), 'the days are closed')

    // downloads
    const task = await call('startExport', {who: 'cashier', body: {kind: 'payments', filters: {state: 'taken'}}})
    await call('startExport', {who: 'cashier', body: {kind: 'ledger', filters: {account: 'cash'}}, status: 403})
    for (let i = 0; i < 200 && (await call('getExport', {who: 'cashier', args: {id: task.id}})).state !== 'done'; i++)
        await new Promise(r => setTimeout(r, 50))
    await call('listExports', {who: 'cashier'})
    await call('fetchExport', {who: 'cashier', args: {id: task.id}, status: 200})
    await call('fetchExport', {who: 'manager', args: {id: task.id}, status: 404})

    // invoices
    const asked = await call('applyInvoice', {who: 'cashier', body: {payment_id: paid.id, buyer: 'company', title: '某公司', tax_no: '91350100M000100Y43'}})
    await call('applyInvoice', {who: 'cashier', body: {payment_id: paid.id, buyer: 'person', title: '张伟'}, status: 409})
    const act = (action, body = {}, more = {}) => call('actOnInvoice', {who: 'manager', args: {id: asked.id, action}, body, ...more})
    await act('issue', {number: '1'}, {status: 409})
    await act('process')
    const file = await call('uploadFile', {who: 'manager', body: pdf.bytes, headers: {'content-type': 'application/pdf'}})
    await act('issue', {number: '26350000000001', file_id: file.id})
    await act('teleport', {}, {status: 404})
    await call('getInvoice', {who: 'cashier', args: {id: asked.id}})
    await call('getInvoiceFile', {who: 'cashier', args: {id: asked.id}, status: 200})
    await call('listInvoices', {who: 'auditor', query: '?view=project&state=issued'})
    await call('listInvoices', {who: 'owner'})
    await call('listInvoices', {who: 'owner', query: '?view=project', status: 403})
}
