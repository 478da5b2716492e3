// imports.mjs - batch import's part of the live answers. SPDX-License-Identifier: MIT
export async function imports({call, say}) {
    const until = async (id) => {
        for (let i = 0; i < 1000; i++) {
            const t = await call('getImport', {who: 'manager', args: {id}})
            if (t.step === '')
                return t
            await new Promise((r) => setTimeout(r, 20))
        }
        throw new Error('the import does not end')
    }
    const csv = (text) => call('startImport', {who: 'manager', query: '?kind=owners', raw: Buffer.from(`房屋,姓名,手机号,建筑面积\n${text}`), headers: {'content-type': 'application/octet-stream'}})
    const tpl = await call('getImportTemplate', {who: 'manager', args: {kind: 'owners'}, status: 200})
    say(tpl.type.includes('spreadsheetml'), 'the template is a spreadsheet')
    const bad = await until((await csv('91-101,甲,12345,80\n91-102,乙,13700000001,80\n')).id)
    await call('listImportRows', {who: 'manager', args: {id: bad.id}, query: '?failed=1'})
    const rows = await call('getImportFailedRows', {who: 'manager', args: {id: bad.id}, status: 200})
    say(rows.type.includes('spreadsheetml'), 'the failed rows are a spreadsheet')
    await call('applyImport', {who: 'manager', args: {id: bad.id}, body: {}, headers: {'if-match': `"${bad.version}"`}, status: 409})
    const good = await until((await csv('91-103,丙,13700000003,80\n')).id)
    await call('applyImport', {who: 'manager', args: {id: good.id}, body: {}, headers: {'if-match': `"${good.version}"`}})
    const applied = await until(good.id)
    say(applied.state === 'applied', `applied: ${applied.reason}`)
    await call('listImports', {who: 'manager'})
    await call('undoImport', {who: 'manager', args: {id: good.id}, headers: {'if-match': `"${applied.version}"`}})
    say((await until(good.id)).state === 'undone', 'taken back')
    await call('startImport', {who: 'manager', query: '?kind=owners', raw: Buffer.from('<html>'), headers: {'content-type': 'application/octet-stream'}, status: 422})
}
