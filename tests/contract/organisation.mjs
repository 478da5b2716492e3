// organisation.mjs - departments, positions, calendar, roster and leave: every operation once with success. SPDX-License-Identifier: MIT
export async function organisation({call, say}) {
    const m = (v) => ({headers: {'if-match': `"${v}"`}})
    const staff = (await call('listStaff', {who: 'admin'})).items, by = (login) => staff.find((s) => s.login === login)
    const top = await call('createDepartment', {who: 'admin', body: {name: '工程部', leader_id: by('manager').id}})
    const sub = await call('createDepartment', {who: 'admin', body: {name: '水电班', parent_id: top.id, sort: 1}})
    await call('createDepartment', {who: 'admin', body: {name: '水电班', parent_id: top.id}, status: 409})
    const list = (await call('listDepartments', {who: 'service'})).items
    await call('changeDepartment', {who: 'admin', args: {id: top.id}, body: {name: '工程部', parent_id: sub.id}, ...m(1), status: 422})
    await call('changeDepartment', {who: 'admin', args: {id: sub.id}, body: {name: '水电一班', parent_id: top.id, leader_id: by('tech1').id}, ...m(list.find((d) => d.id === sub.id).version)})
    await call('setDepartmentMembers', {who: 'admin', args: {id: sub.id}, body: {members: [{account_id: by('tech1').id, title: '班长'}, {account_id: by('tech2').id}]}, ...m(2)})
    say((await call('listDepartmentMembers', {who: 'manager', args: {id: sub.id}})).items.length === 2, 'two people')
    await call('closeDepartment', {who: 'admin', args: {id: sub.id}, ...m(3), status: 409})
    await call('setDepartmentMembers', {who: 'admin', args: {id: sub.id}, body: {members: []}, ...m(3)})
    await call('closeDepartment', {who: 'admin', args: {id: sub.id}, ...m(4)})

    const p = await call('createPosition', {who: 'admin', body: {name: '前台主管', roles: ['cashier', 'customer_service']}})
    await call('createPosition', {who: 'admin', body: {name: '偷', roles: ['company_admin']}, status: 422})
    await call('giveStaffPositions', {who: 'admin', args: {id: by('tech6').id}, body: {positions: [{role_set_id: p.id}]}})
    say((await call('listStaffPositions', {who: 'admin', args: {id: by('tech6').id}})).items[0].name === '前台主管', 'holds it')
    await call('changePosition', {who: 'admin', args: {id: p.id}, body: {name: '前台', roles: ['customer_service']}, ...m(1)})
    await call('dropPosition', {who: 'admin', args: {id: p.id}, ...m(2), status: 409})
    await call('giveStaffPositions', {who: 'admin', args: {id: by('tech6').id}, body: {positions: []}})
    await call('listPositions', {who: 'auditor'})
    await call('dropPosition', {who: 'admin', args: {id: p.id}, ...m(2)})

    const days = (await call('listCalendar', {who: 'tech1', query: '?from=20261001&to=20261011'})).items
    say(days[0].kind === 'holiday' && days[9].kind === 'made_up' && !days[2].work, 'the national holiday and the Saturday worked instead')
    await call('setCalendarDay', {who: 'admin', args: {day: 20261231}, body: {kind: 'holiday', name: '司庆'}})
    await call('unsetCalendarDay', {who: 'admin', args: {day: 20261231}})
    await call('unsetCalendarDay', {who: 'admin', args: {day: 20261231}, status: 404})

    await call('planRoster', {who: 'manager', body: {slots: [{account_id: by('tech1').id, day: 20270105, from_min: 480, to_min: 1020, name: '早班'}, {account_id: by('tech2').id, day: 20270105, from_min: 1320, to_min: 1920, kind: 'standby'}]}})
    say((await call('listRoster', {who: 'tech1', query: '?from=20270101&to=20270110'})).items.length === 2, 'two slots')
    const [early] = (await call('listRoster', {who: 'manager', query: '?from=20270105&to=20270105'})).items
    await call('deleteRosterSlot', {who: 'manager', args: {id: early.id}})
    await call('deleteRosterSlot', {who: 'manager', args: {id: early.id}, status: 404})
    const leave = (from) => call('askLeave', {who: 'tech1', body: {from: `${from}T08:00:00+08:00`, to: `${from}T18:00:00+08:00`, note: '家事'}})
    const a = await leave('2027-02-01'), b = await leave('2027-02-02'), c = await leave('2027-02-03')
    say((await call('listWaitingLeave', {who: 'manager'})).items.length >= 3, 'three wait')
    await call('approveLeave', {who: 'manager', args: {id: a.id}, body: {}, ...m(1)})
    await call('refuseLeave', {who: 'manager', args: {id: b.id}, body: {note: '人手不足'}, ...m(1)})
    await call('withdrawLeave', {who: 'tech1', args: {id: c.id}, ...m(1)})
    await call('approveLeave', {who: 'manager', args: {id: c.id}, body: {}, ...m(2), status: 409})
    await call('listMyLeave', {who: 'tech1'})

    // the board and what is counted over a period
    const board = await call('getBoard', {who: 'manager'})
    say(board.counters.technicians.all >= 1, 'the board counts')
    say((await call('reportTechnicians', {who: 'manager'})).items.every((t) => t.score_e2 >= 0 && t.score_e2 <= 10000), 'scores within their scale')
    await call('getOwnStatistics', {who: 'tech1'})
    for (const by of ['type', 'urgency', 'building', 'day'])
        say((await call('reportTimeLimits', {who: 'auditor', query: `?by=${by}`})).items.length > 0, `time limits by ${by}`)
    await call('reportTimeLimits', {who: 'auditor', query: '?by=moon', status: 422})
}
