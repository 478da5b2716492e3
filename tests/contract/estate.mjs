// estate.mjs - live answers of projects, rooms, parking, the register of people, transfers and one's own data.
// SPDX-License-Identifier: MIT
export async function estate({call, say, project}) {
    const v = n => ({'if-match': String(n)})
    const m = {who: 'manager'}, desk = {who: 'service'}
    const at = (id, who = desk) => ({...who, args: {id}})
    // projects
    const got = await call('getProject', {who: 'admin', args: {id: project}})
    say(got.address === '某省某市某区某路1号', `the address is made of its parts: ${got.address}`)
    say((await call('listProjectHistory', {who: 'admin', args: {id: project}})).items.length === 0, 'nothing has been changed')
    await call('closeProject', {who: 'admin', args: {id: project}, headers: v(got.version), body: {reason: '撤场'}})
    // buildings, units
    const b = (await call('createBuilding', {...desk, body: {name: '77栋', floors: 6, year: 2018}})).id
    await call('createBuilding', {...desk, body: {name: '77号楼'}, status: 409})
    await call('changeBuilding', {...at(b), headers: v(1), body: {name: '77栋', kind: 'mixed', floors: 7, reason: '加层'}})
    say((await call('listBuildings', desk)).items.some(x => x.id === b && x.kind === 'mixed'), 'the building is listed')
    say((await call('listBuildingHistory', at(b))).items.length === 3, 'three fields were changed')
    const u = (await call('createUnit', {...at(b), body: {name: '9单元', lift: true}})).id
    await call('changeUnit', {...at(u), headers: v(1), body: {name: '9单元', floors: 7}})
    await call('listUnits', at(b))
    say((await call('listUnitHistory', at(u))).items.length >= 1, 'the unit has a history')
    await call('closeUnit', {...at(u, m), headers: v(2), body: {}})
    // rooms by pattern
    const plan = {building: '77栋', unit_from: 1, unit_to: 1, floor_from: 1, floor_to: 5, skip: [{floor: 4}], doors: [{suffix: '01', layout: '三室', area_e4: 1200000, inner_area_e4: 900000}]}
    say((await call('previewRooms', {...desk, body: plan})).total === 4, 'four floors')
    say((await call('createRooms', {...desk, body: plan, status: 201})).made === 4, 'four rooms')
    await call('createRooms', {...desk, body: plan, status: 409})
    const list = (await call('listRooms', {...desk, query: `?building_id=${b}&search=${encodeURIComponent('77栋1单元')}`})).items
    say(list.length === 4, 'they are found')
    const [r1, r2, r3] = list
    const one = await call('getRoom', at(r1.id))
    await call('changeRoom', {...at(r1.id), headers: v(one.version), body: {name: one.name, state: 'sold', reason: '售出'}})
    await call('changeRoom', {...at(r1.id), headers: v(one.version), body: {name: one.name}, status: 409})
    say((await call('listRoomHistory', at(r1.id))).items[0].after === 'sold', 'the history tells')
    say((await call('getBuildingGrid', at(b))).items.length === 4, 'four cells')
    await call('closeRoom', {...at(r3.id, m), headers: v(1), body: {reason: '合并'}})
    await call('closeBuilding', {...at(b, m), headers: v(2), body: {}, status: 409})
    const empty = (await call('createBuilding', {...desk, body: {name: '78栋'}})).id
    await call('closeBuilding', {...at(empty, m), headers: v(1), body: {}})
    // people
    const seller = (await call('createOwner', {...desk, body: {name: '钱七', phones: [{phone: '13900001111'}], email: 'q@example.com', emergency_name: '钱八', emergency_phone: '13900001112'}})).id
    await call('createOwner', {...desk, body: {name: '钱九', phones: [{phone: '13900001111'}]}, status: 409})
    const buyer = (await call('createOwner', {...desk, body: {name: '孙公司', kind: 'company'}})).id
    await call('changeOwner', {...at(buyer), headers: v(1), body: {name: '孙氏公司', phones: [{label: '办公', phone: '0571-88005555'}], reason: '补录'}})
    say((await call('listOwnerHistory', at(buyer))).items.length === 2, 'two fields')
    const rel = (await call('attachOwnerRoom', {...at(seller), body: {room_id: r1.id, role: 'owner', share_n: 1, share_d: 2, from_day: 20200101}})).id
    await call('attachOwnerRoom', {...at(buyer), body: {room_id: r1.id, role: 'co_owner', share_n: 2, share_d: 3}, status: 422})
    await call('changeOwnerRoom', {...at(rel), headers: v(1), body: {share_n: 1, share_d: 1, reason: '更正'}})
    say((await call('listOwnerRoomHistory', at(rel))).items.length === 1, 'the share was changed')
    say((await call('listRoomOwners', at(r1.id))).items[0].share_d === 1, 'a whole share')
    const lease = (await call('attachOwnerRoom', {...at(buyer), body: {room_id: r2.id, role: 'tenant'}})).id
    await call('endOwnerRoom', {...at(lease), headers: v(1), body: {last_day: 20990101, reason: '到期'}})
    const detail = await call('getOwner', at(seller))
    say(detail.phones[0].phone === '139****1111' && !JSON.stringify(detail).includes('13900001111'), 'masked')
    say((await call('listOwners', {...desk, query: `?room=${encodeURIComponent('77#1-101')}&role=owner`})).items.length === 1, 'found by room and role')
    say((await call('revealOwnerField', {...at(seller), body: {field: 'phone', reason: '核对身份'}})).value === '13900001111', 'in clear')
    await call('revealOwnerField', {...at(seller), body: {field: 'phone'}, status: 422})
    say((await call('listOwnerReveals', at(seller, m))).items[0].reason === '核对身份', 'and written down')
    const f = (await call('saveOwnerFilter', {...desk, body: {name: '大户型', query: {area_min_e4: 1000000, owing: 'yes'}}})).id
    say((await call('listOwnerFilters', desk)).items[0].query.owing === 'yes', 'kept')
    await call('deleteOwnerFilter', at(f))
    // spaces
    const space = (await call('createParkingSpace', {...desk, body: {name: 'B1-023', zone: 'B1', area_e4: 120000}})).id
    await call('createParkingSpace', {...desk, body: {name: 'b1 23号车位'}, status: 409})
    await call('changeParkingSpace', {...at(space), headers: v(1), body: {name: 'B1-023', holding: 'sold', party_id: seller}})
    await call('getParkingSpace', at(space))
    await call('listParkingHistory', at(space))
    await call('changeParkingSpace', {...at(space), headers: v(2), body: {name: 'B1-023'}})
    await call('closeParkingSpace', {...at(space, m), headers: v(3), body: {}})
    // from hand to hand
    const sale = {day: 20990101, to: [{party_id: buyer, share_n: 1, share_d: 1, pays: true}], reason: '二手房'}
    await call('previewTransfer', {...at(r1.id), body: sale})
    const t = await call('createTransfer', {...at(r1.id), body: sale})
    await call('createTransfer', {...at(r1.id), body: sale, status: 409})
    say((await call('listPlannedTransfers', desk)).items.some(x => x.id === t.id), 'planned')
    await call('cancelTransfer', {...at(t.id), headers: v(t.version), body: {reason: '不卖了'}})
    await call('takePayment', {who: 'cashier', body: {method: 'cash', prepaid_fen: 100, prepaid_room_id: r1.id}})
    const done = await call('createTransfer', {...at(r1.id), body: {...sale, day: 20260101, prepaid: 'refund'}})
    say(done.state === 'done' && done.prepaid_fen === 100, `carried out at once: ${JSON.stringify(done)}`)
    await call('payBackTransfer', {...at(done.id, m), headers: v(done.version), body: {method: 'cash'}})
    say((await call('listRoomTransfers', at(r1.id))).items.length === 2, 'both are told of')
    await call('closeOwner', {...at(seller), headers: v(1), body: {reason: '已过户'}})
    // oneself
    const mine = await call('exportMyData', {who: 'owner'})
    say(mine.account.phone === '13800000100' && mine.register.length === 1, 'one sees one\'s own in clear')
    await call('closeMyAccount', {who: 'owner', body: {scope: 'contact', confirm: true}})
    await call('closeMyAccount', {who: 'owner', body: {scope: 'account', confirm: false}, status: 422})
    await call('closeMyAccount', {who: 'manager', body: {scope: 'account', confirm: true}, status: 403})
}
