// What the fake server says to the compiled pages. Shapes are those of schema/openapi.yaml.
const at = '2026-11-27T08:05:00.000+08:00', later = '2099-11-27T08:05:00.000+08:00'
const repair = { id: '7', number: 'YG-261127-0001', project_id: '1', room_id: '5', room: '1栋1单元101室', facility_id: null, facility: null, place: '', public_area: false, type_id: '2', type: '空调暖通', skill: 'hvac', mode: 'assign', channel: 'owner', urgency: 'high', description: '客厅空调不制冷', contact_name: '张伟', contact_phone: '138****0103', state: 'assigned', progress: 0, version: 3, holder_id: '9', holder: '黄师傅', slot_from: null, slot_to: null, hold_reason: '', hold_until: null, respond_due: at, arrive_due: later, finish_due: later, escalated: false, forced: false, reopened: 0, quote_fen: 0, quote_state: '', charge_fen: 0, cause_id: null, cause: null, measure: '', labour_min: 0, stars: 0, rating_text: '', created_at: at, accepted_at: at, arrived_at: null, started_at: null, finished_at: null, closed_at: null, actions: ['depart', 'arrive', 'comment'] }
const bill = { id: '3', project_id: '1', room_id: '5', room: '1栋1单元101室', payer: '张伟', state: 'published', overdue: true, period_from: 20261101, period_to: 20261130, due_day: 20261115, amount_fen: 26850, late_fen: 150, late_paid_fen: 0, late_waived_fen: 0, replaces_id: null, paid_fen: 0, due_fen: 27000, version: 1, published_at: at }
const list = (...items) => ({ items, next_before: null })
const notice = { id: '4', project_id: '1', title: '电梯年检通知', text: '11 月 30 日检修', kind: 'important', state: 'published', pinned: true, published_at: at, expire_at: null, read_at: null, version: 1 }
exports.login = { token: 'tok', refresh: 'ref' }
exports.me = (technician) => ({ accountId: '9', name: technician ? '黄师傅' : '张伟', kind: technician ? 'staff' : 'resident', roles: [technician ? 'technician' : 'owner'], projectId: '1' })
exports.answer = (method, url) => {
  const p = url.replace(/^https?:\/\/[^/]+/, '').replace(/\?.*/, ''), state = /state=(\w+)/.exec(url)?.[1]
  const table = [
    [/\/live\/tickets$/, { ticket: 'x'.repeat(43), expires_at: later }],
    [/\/home$/, { shortcuts: ['pay', 'repair', 'complaint', 'rooms', 'invoice', 'notices'].map((key) => ({ key, title: key })), notices: [notice], unread_notices: 1, unread_messages: 2, resident: { due_fen: 27000, due_bills: 1, repairs: 1, complaints: 0 }, work: { jobs: 1, offers: 0, complaints: 0 } }],
    [/\/bindings$/, { items: [{ id: '6', room_id: '5', project_id: '1', account_id: '9', room: '1栋1单元101室', project: '阳光花园', person: '张伟', phone: '138****0103', role: 'owner', state: 'active', source: 'match', expires_at: null, created_at: at, version: 1 }] }],
    [/\/projects\/\d+$/, { phone: '0571-88880000' }],
    [/\/repairs\/\d+$/, { repair, history: [{ n: 1, at, by: '张伟', event: 'submit', from: 'new', to: 'new', note: '', internal: false }, { n: 3, at, by: '黄师傅', event: 'accept', from: 'offered', to: 'assigned', note: '', internal: false }], lines: [], photos: [] }],
    [/\/repairs$/, list(repair)],
    [/\/bills\/\d+$/, { bill, lines: [{ n: 1, kind: 'charge', ref_id: null, item_id: '1', name: '物业费', period_from: 20261101, period_to: 20261130, amount_fen: 26850, deposit: false, explain: { kind: 'area', area_e4: 958929, price_e4: 28000, months_num: 1, months_den: 1 } }] }],
    [/\/bills$/, state === 'partial' ? list() : list(bill)],
    [/\/duty$/, { id: '9', name: '黄师傅', on_duty: true, duty_at: at, max_open: 5, open_jobs: 1, skills: ['hvac'], shifts: [], online: true }],
    [/\/offers$/, { server_now: at, items: [] }],
    [/\/fault-types$/, { items: [{ id: '2', parent_id: null, name: '空调暖通', skill: 'hvac', mode: 'assign', urgency: 'normal', place: 'any', visit: 'never', chargeable: true, photo_needed: false, enabled: true, respond_ms: 1, arrive_ms: 1, finish_ms: 1, version: 1 }] }],
    [/\/causes$/, { items: [{ id: '11', code: 'H01', name: '滤网堵塞', skill: 'hvac' }] }],
    [/\/materials$/, { items: [{ id: '12', name: '角阀', measure: '个', price_min_fen: 1500, price_max_fen: 4500, stock_e3: 100000, version: 1 }] }],
    [/\/complaints\/\d+$/, { complaint: { id: '8', number: 'YG-T261127-001', project_id: '1', kind: 'complaint', category: 'service', category_name: null, title: '垃圾清运不及时', text: '三天没有清运', urgency: 'normal', channel: 'owner', state: 'in_progress', version: 2, anonymous: false, room_id: '5', room: '1栋1单元101室', place: '', reporter_id: '9', reporter: '张伟', contact_name: '', contact_phone: '', handler_id: '2', handler: '孙客服', department: '', level: 0, escalation: 0, reopened: 0, due_at: later, result: '', stars: 0, rating_text: '', merged_into: null, answered_at: null, resolved_at: null, closed_at: null, created_at: at, actions: ['comment', 'withdraw'] }, history: [], files: [] }],
    [/\/complaint-categories$/, { items: [{ code: 'service', name: '服务态度', due_h: 48, enabled: true, version: 0 }] }],
    [/\/notices\/\d+\/read$/, null],
    [/\/notices\/\d+$/, { notice, targets: [], files: [] }],
    [/\/notices$/, list(notice)],
    [/\/message-preferences$/, { items: [{ kind: 'bill', title: '账单通知', channel: 'sms', optional: true, wanted: true }], quota: [{ provider: 'wechat', template: 't1', left: 2 }] }],
    [/\/maint-tasks\/\d+$/, { task: { id: '20', plan_id: '1', name: '电梯半月保养', kind: 'minor', facility_id: '1', facility: '1号客梯', facility_code: 'DT-01', place: '1栋', route_id: null, slot: 20261127, from_day: 20261101, day: 20261127, due_day: 20991130, statutory: true, scan: true, skill: 'lift', holder_id: '9', holder: '黄师傅', state: 'in_progress', overdue: false, skip_asked: false, reason: '', note: '', failed: 0, labour_min: 0, cost_fen: 0, started_at: at, submitted_at: null, closed_at: null, version: 2 }, items: [{ kind: 'yes_no', text: '制动器间隙正常' }, { kind: 'number', text: '平层误差', measure: 'mm', min_e3: -10000, max_e3: 10000 }, { kind: 'signature', text: '使用单位签字' }], results: [], points: [], history: [], actions: ['submit'] }],
    [/\/maint-tasks$/, list({ id: '20', name: '电梯半月保养', kind: 'minor', facility: '1号客梯', facility_code: 'DT-01', place: '1栋', from_day: 20261101, day: 20261127, due_day: 20991130, statutory: true, scan: true, holder_id: '9', holder: '黄师傅', state: 'scheduled', overdue: false })],
    [/\/facility-codes\/[^/]+$/, { project: '阳光花园', code: 'DT-01', name: '1号客梯', category: 'lift', place: '1栋', state: 'in_use', up: true, inspected_day: 20260601, inspect_due: 20270601 }],
    [/\/codes\/[^/]+$/, { project: '阳光花园', room: '1栋**101室', payer: '张*', due: true }],
    [/\/receipts\/verify\/[^/]+$/, { number: 'SJ-1', project: '阳光花园', day: 20261127, amount_fen: 27000, back_fen: 0, state: 'valid', payer: '张*' }],
    [/\/session$/, { account_id: '9', session_id: '1', company_id: '1', project_id: '1', name: '张伟', roles: ['owner'], must_change_password: false }],
    [/\/sessions$/, { items: [{ id: '1', platform: 'wechat', device: 'd', ip: '', user_agent: '', created_at: at, last_at: at, expires_at: later }] }],
    [/\/(complaints|notifications|invoices|pay-orders|leave|roster)$/, list()],
  ]
  const hit = table.find(([re]) => re.test(p))
  return hit ? { status: 200, body: hit[1] } : { status: 404, body: { error: { code: 'not_found', message: `nothing at ${method} ${p}`, field: '', request_id: 'r-1' } } }
}
// what must be read on each page, and what Alipay's page hands on itself when that is all in its components: as owner, as technician (t), without a session (0)
exports.pages = [
  ['pages/home/index', '', {}, ['1栋1单元101室', '¥270.00', '立即缴费', '空调暖通', '已接单', '电梯年检通知', '0571-88880000']],
  ['pages/login/index', '0', {}, ['欢迎使用安居', '手机号', '获取验证码']],
  ['pages/bills/index', '', {}, ['2026-11', '¥270.00', '含违约金 1.50 元', '已逾期', '已选 1 笔']],
  ['pages/repairs/index', '', {}, ['我要报修', '空调暖通']],
  ['pages/me/index', '', {}, ['张伟', '我的房屋', '退出登录']],
  ['pkg-owner/bill/index', '', { id: '3' }, ['物业费', '95.8929 m² × 单价 2.8 元 × 1 个月', '违约金']],
  ['pkg-owner/pay/index', '', { bills: '3', sum: '27000' }, ['¥270.00', '确认支付']],
  ['pkg-owner/repair-new/index', '', {}, ['空调暖通', '情况说明', '提交报修']],
  ['pkg-owner/repair/index', '', { id: '7' }, ['空调暖通', '黄师傅', '等待', '已到达', '维修中', '已完成', '师傅已接单']],
  ['pkg-owner/complaints/index', '', {}, ['还没有提交过投诉或建议', '我要反馈']],
  ['pkg-owner/complaint-new/index', '', {}, ['投诉', '服务态度', '匿名提交']],
  ['pkg-owner/complaint/index', '', { id: '8' }, ['垃圾清运不及时', '处理中', '孙客服', '补充说明']],
  ['pkg-owner/notices/index', '', {}, ['电梯年检通知', '未读'], '没有更多了'],
  ['pkg-owner/notice/index', '', { id: '4' }, ['电梯年检通知', '11 月 30 日检修']],
  ['pkg-owner/rooms/index', '', {}, ['1栋1单元101室', '邀请家人', '解除绑定']],
  ['pkg-owner/people/index', '', { id: '5', name: 'x' }, ['张伟', '138****0103', '登记家人或租客']],
  ['pkg-owner/bind/index', '', {}, ['按登记手机自动绑定', '提交申请']],
  ['pkg-owner/messages/index', '', {}, ['还没有消息'], '没有更多了'],
  ['pkg-owner/preferences/index', '', {}, ['账单通知', '短信']],
  ['pkg-owner/settings/index', '', {}, ['大字版', 'English']],
  ['pkg-owner/account/index', '', {}, ['导出我的数据', '注销账号', '本机']],
  ['pkg-owner/password/index', '', {}, ['原密码', '新密码'], '保存'],
  ['pkg-owner/invoices/index', '', {}, ['还没有申请过发票'], '在缴费记录里'],
  ['pkg-owner/invoice-new/index', '', { payment: '1', fen: '27000' }, ['¥270.00', '发票抬头'], '提交申请'],
  ['pkg-tech/duty/index', 't', {}, ['上班中', '待接单', '空调', '客厅空调不制冷']],
  ['pkg-tech/jobs/index', 't', {}, ['空调暖通', '1栋1单元101室'], '"a":"7"'],
  ['pkg-tech/job/index', 't', { id: '7' }, ['客厅空调不制冷', '联系 张伟', '出发']],
  ['pkg-tech/finish/index', 't', { id: '7' }, ['滤网堵塞', '处理措施', '完工']],
  ['pkg-tech/queue/index', 't', {}, ['全部已同步']],
  ['pkg-tech/tasks/index', 't', {}, ['电梯半月保养', '法定']],
  ['pkg-tech/task/index', 't', { id: '20' }, ['制动器间隙正常', '平层误差', '还差 3 项']],
  ['pkg-tech/roster/index', 't', {}, ['排班', '没有请假记录']],
  ['pkg-public/asset/index', '0', { token: 'abcdefgh' }, ['1号客梯', '2027-06-01']],
  ['pkg-public/paycode/index', '0', { token: 'abcdefgh' }, ['1栋**101室', '查看账单']],
  ['pkg-public/receipt/index', '0', { token: 'abcdefgh' }, ['SJ-1', '有效']],
]
