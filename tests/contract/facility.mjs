// facility.mjs - facilities and maintenance in the live answers: every operation once with success, and what it refuses.
// SPDX-License-Identifier: MIT

export async function facility({call, say, png, types}) {
    const m = {who: 'manager'}, id = x => ({...m, args: {id: x.id ?? x}})
    const as = (who, x) => ({who, args: {id: x.id ?? x}})

    // the register
    await call('listFacilityCategories', {who: 'tech1'})
    await call('saveFacilityCategory', {...m, body: {code: 'pool', name: '泳池'}})
    const supplier = await call('addFacilitySupplier', {...m, body: {name: '某电梯公司', contact: '何工', phone: '021-55550000'}})
    await call('changeFacilitySupplier', {...id(supplier), body: {name: '某电梯公司', note: '24 小时'}, headers: {'if-match': '1'}})
    await call('listFacilitySuppliers', {who: 'service'})
    const input = {code: 'DT-01', name: '1号客梯', category: 'lift', place: '1栋1单元', supplier_id: supplier.id, importance: 'A', price_fen: 18800000,
        inspected_day: 20260601, inspect_due: 20270601, measure: 'h'}
    const lift = await call('addFacility', {...m, body: input})
    await call('addFacility', {...m, body: input, status: 409})
    await call('changeFacility', {...id(lift), body: input, status: 428})
    await call('changeFacility', {...id(lift), body: {...input, name: '1号电梯'}, headers: {'if-match': '"1"'}})
    await call('listFacilities', {who: 'auditor', query: '?category=lift&search=dt&limit=5'})
    await call('listFacilities', {...m, query: '?state=odd', status: 422})
    await call('setFacilityDown', {...as('tech1', lift), body: {reason: '异响'}})
    await call('setFacilityUp', {...as('tech1', lift), body: {reason: '已处理'}})
    await call('readFacility', {...as('tech1', lift), body: {value_e3: 1000000}})
    await call('readFacility', {...as('tech1', lift), body: {value_e3: 1}, status: 422})
    const file = await call('uploadFile', {...m, body: png, headers: {'content-type': 'image/png'}})
    await call('addFacilityFile', {...id(lift), body: {file_id: file.id, kind: 'photo'}})
    await call('getFile', {...as('service', file), status: 200})
    await call('addFacilityCost', {...id(lift), body: {kind: 'repair', amount_fen: 50000, day: 20261120, note: '外包'}})
    await call('getFacility', as('tech1', lift))
    await call('dropFacilityFile', {...m, args: {id: lift.id, file: file.id}})
    await call('getFacilityHistory', {...id(lift), query: '?kind=edit'})
    const csv = Buffer.from('编号,名称,类别\nSB-01,1号水泵,water\n').toString('base64')
    await call('checkFacilityImport', {...m, body: {csv: Buffer.from('编号,名称,类别\n,x,y\n').toString('base64')}})
    await call('importFacilities', {...m, body: {csv}})
    await call('importFacilities', {...m, body: {csv}, status: 409})
    const pump = (await call('listFacilities', {...m, query: '?search=SB-01'})).items[0]

    // the code
    const code = await call('makeFacilityCode', {...id(lift), body: {}})
    await call('getFacilityCode', as('service', lift))
    for (const [op, type] of [['getFacilityCodePng', 'image/png'], ['getFacilityCodeSvg', 'image/svg+xml']])
        say((await call(op, {...id(lift), status: 200})).type === type, `${op} is ${type}`)
    await call('openFacilityCode', {args: {token: code.token}})
    const report = await call('reportByFacilityCode', {args: {token: code.token}, body: {description: '开门异响', contact_phone: '13900001111'}})
    const other = await call('reportByFacilityCode', {args: {token: code.token}, body: {description: '没事按着玩'}})
    await call('listFacilityReports', {who: 'service', query: '?state=waiting'})
    const repair = await call('acceptFacilityReport', {...as('service', report), body: {type_id: types('空调暖通')}})
    say(repair.facility_id === lift.id, 'the order is of the facility')
    await call('rejectFacilityReport', {...as('service', other), body: {note: '恶作剧'}})
    await call('rejectFacilityReport', {...as('service', other), body: {note: '恶作剧'}, status: 409})
    await call('listRepairs', {...m, query: `?view=board&facility_id=${lift.id}`})
    await call('reportRepair', {...m, body: {type_id: types('空调暖通'), place: '机房', description: '不制冷', facility_id: lift.id, facility_down: true}})
    await call('reportRepair', {who: 'owner', body: {type_id: types('空调暖通'), place: '机房', description: 'x', facility_id: lift.id}, status: 422})
    await call('facilityPareto', {who: 'auditor'})
    for (const by of ['facility', 'category'])
        say((await call('facilityReliability', {who: 'auditor', query: `?by=${by}`})).items.reduce((n, x) => n + x.cost_fen, 0) >= 0, 'what they cost')
    say((await call('facilityRepeats', {who: 'auditor'})).items.length === 1, 'the second order within 30 days is a repeat')
    await call('revokeFacilityCode', id(lift))
    await call('openFacilityCode', {args: {token: code.token}, status: 404})

    // plans
    await call('listMaintTemplates', m)
    const today = Number(new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10).replaceAll('-', ''))
    const tech = (await call('listTechnicians', m)).items.find(t => t.name === '陈师傅')
    const drafted = await call('addMaintPlanFromTemplate', {...m, body: {code: 'lift_half_month', name: '1号电梯保养', anchor_day: today, facilities: [lift.id], staff: [tech.id]}})
    const items = [{kind: 'yes_no', text: '运行正常', required: true}, {kind: 'number', text: '压力', measure: 'MPa', min_e3: 200, max_e3: 600},
        {kind: 'choice', text: '外观', choices: ['好', '坏'], bad: ['坏']}]
    const body = {name: '水泵日检', kind: 'daily', anchor_day: today, remind: '0', facilities: [pump.id], staff: [tech.id], items}
    const plan = await call('addMaintPlan', {...m, body})
    await call('addMaintPlan', {...m, body, status: 409})
    await call('changeMaintPlan', {...id(plan), body: {...body, horizon_days: 1}, headers: {'if-match': '1'}})
    await call('actOnMaintPlan', {...m, args: {id: plan.id, action: 'resume'}, body: {}, status: 409})
    await call('actOnMaintPlan', {...m, args: {id: plan.id, action: 'activate'}, body: {}})
    await call('getMaintPlan', as('auditor', plan))
    await call('listMaintPlans', {who: 'service', query: '?state=draft'})
    await call('listMaintGaps', id(plan))
    await call('setFacilityState', {...id(lift), body: {state: 'stopped', reason: '大修'}})
    await call('actOnMaintPlan', {...m, args: {id: drafted.id, action: 'end'}, body: {reason: '不用了'}})

    // tasks
    const due = async (p, more = '') => {
        for (let i = 0; i < 200; i++, await new Promise(r => setTimeout(r, 50))) {
            const l = (await call('listMaintTasks', {...m, query: `?plan_id=${p.id}&from=${today}&to=${today}${more}`})).items
            if (l.length)
                return l[0]
        }
        throw new Error('no task was made')
    }
    const task = await due(plan), act = (who, t, action, b = {}, more = {}) => call('actOnMaintTask', {who, args: {id: t.id, action}, body: b, ...more})
    await call('listMaintTasks', {who: 'tech1', query: '?mine=1&open=1'})
    await act('tech1', task, 'submit', {}, {status: 409})
    await act('tech1', task, 'start')
    await act('tech1', task, 'submit', {}, {status: 422})
    await act('tech1', task, 'submit', {answers: [{n: 1, value: 'no', note: '漏水'}, {n: 2, value: '0.4'}, {n: 3, value: '好'}], labour_min: 20, cost_fen: 500})
    await act('tech1', task, 'accept', {}, {status: 403})
    await act('manager', task, 'accept')
    const whole = await call('getMaintTask', as('tech1', task))
    say(whole.results[0].repair_id && !whole.results[0].pass, 'a failed item has its order')
    say((await call('maintCalendar', {who: 'auditor', query: `?from=${today}&to=${today}`})).items.length > 0, 'today is in the calendar')
    for (const by of ['plan', 'kind', 'category', 'person'])
        await call('maintCompliance', {who: 'auditor', query: `?by=${by}&from=${today}&to=${today}`})

    // a patrol
    const points = [{name: '东门', at_min: 0, window_min: 1440}, {name: '泵房', at_min: 0, window_min: 1440, facility_id: pump.id}]
    const route = await call('addPatrolRoute', {...m, body: {name: '日巡', points}})
    await call('changePatrolRoute', {...id(route), body: {name: '日巡', points: route.points.map(({id, name, at_min, window_min}) => ({id, name, at_min, window_min}))}, headers: {'if-match': '1'}})
    say((await call('listPatrolCodes', id(route))).items.length === route.points.length, 'a code a point')
    await call('rotatePatrolCode', {...id(route.points[0]), body: {}})
    await call('listPatrolRoutes', {who: 'auditor'})
    const now = await call('getPatrolRoute', id(route))
    const walk = await call('addMaintPlan', {...m, body: {name: '每日巡检', kind: 'patrol', anchor_day: today, remind: '', route_id: route.id, staff: [tech.id]}})
    await call('actOnMaintPlan', {...m, args: {id: walk.id, action: 'activate'}, body: {}})
    const round = await due(walk)
    await act('tech1', round, 'start')
    await call('checkPatrolPoint', {...as('tech1', round), body: {token: route.points[0].token}, status: 422})
    for (const p of now.points)
        await call('checkPatrolPoint', {...as('tech1', round), body: {token: p.token}})
    await call('checkPatrolPoint', {...as('tech1', round), body: {token: now.points[0].token}, status: 409})
    await act('tech1', round, 'submit', {})
    await call('getMaintTask', as('manager', round))
}
