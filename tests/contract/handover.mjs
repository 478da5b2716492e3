// handover.mjs - handing over a room: every operation once with success, some refusals. SPDX-License-Identifier: MIT
export async function handover({call, say, png}) {
    const m = {who: 'manager'}, d = {who: 'service'}
    const [room, other] = (await call('listRooms', {...d, query: '?limit=2'})).items
    const step = (id, action, body = {}, more = {}) => call('actOnHandover', {...d, args: {id, action}, body, ...more})
    say((await call('listHandoverItems', d)).items.length >= 5, "the program's own list")
    await call('setHandoverItems', {...m, body: {items: [{name: '门窗'}, {name: '地漏'}]}})
    await call('setHandoverItems', {...m, body: {items: []}, status: 422})
    const plan = {rooms: [room.id], day: 20270101}
    const {items: [h]} = await call('planHandovers', {...d, body: plan})
    say((await call('planHandovers', {...d, body: {...plan, rooms: [room.id, other.id]}})).skipped === 1, 'one is under way')
    await call('planHandovers', {...d, body: {...plan, day: 20200101}, status: 422})
    await step(h.id, 'hand_over', {}, {status: 409})
    await step(h.id, 'change', {day: 20270102})
    await step(h.id, 'notify', {note: '请带身份证'})
    const photo = await call('uploadFile', {...d, body: png, headers: {'content-type': 'image/png'}})
    await step(h.id, 'inspect', {checks: [{n: 1, result: 'ok'}]}, {status: 422})
    await step(h.id, 'inspect', {checks: [{n: 1, result: 'failed', note: '变形', photos: [photo.id]}, {n: 2, result: 'none'}]})
    const detail = await call('getHandover', {...d, args: {id: h.id}})
    say(Array.isArray(detail.room_meters), 'its meters')
    say(detail.checks[0].repair_id && detail.checks[0].photos[0] === photo.id, 'the fault became an order')
    const sign = await call('uploadFile', {...d, body: png, headers: {'content-type': 'image/png'}})
    const done = await step(h.id, 'hand_over', {keys: 3, signature_id: sign.id, room_state: 'occupied'})
    say(done.state === 'handed_over' && done.keys === 3, 'handed over')
    await step(h.id, 'cancel', {note: 'x'}, {status: 409})
    say((await call('listHandovers', {...d, query: '?state=handed_over'})).items.length === 1, 'listed')
    await call('listHandovers', {...d, query: '?state=lost', status: 422})
}
