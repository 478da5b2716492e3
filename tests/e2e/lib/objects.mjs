// objects.mjs - what the tests of authorisation share: whose things there are (one of every kind that a path can name), and bodies
// that get past the decoder, so that an answer is about the id.
import { until } from "./server.mjs";
import { upload } from "./scene.mjs";
import { xlsx } from "./xlsx.mjs";

/* A body that gets past the decoder, so that the answer is about the id. */
export const bodies = { startBillRun: { day: 20261101, room_id: "999999999999" }, setStaffGrants: { grants: [{ role: "cashier" }] }, resetStaffPassword: { password: "Reset-Once-55" }, saveTechnician: { skills: ["general"], max_open: 5 },
  changeProject: { code: "XX", name: "改名", province: "某省", city: "某市", district: "某区", street: "某路", door_number: "1号" },
  changeBuilding: { name: "9栋" }, createUnit: { name: "9单元" }, changeUnit: { name: "9单元" }, changeRoom: { name: "901" }, changeParkingSpace: { name: "B1-001" },
  changeOwner: { name: "x", reason: "x" }, revealOwnerField: { field: "phone", reason: "核对" }, attachOwnerRoom: { room_id: "1", role: "owner" }, changeOwnerRoom: { reason: "x" },
  endOwnerRoom: { last_day: 20261201, reason: "x" }, previewTransfer: { day: 20991231, to: [{ party_id: "1" }], reason: "x" }, createTransfer: { day: 20991231, to: [{ party_id: "1" }], reason: "x" },
  payBackTransfer: { method: "cash" }, registerBinding: { name: "某人", phone: "13611111111", role: "family" },
  changeFaultType: { name: "改名", skill: "general", mode: "grab", respond_ms: 60000, arrive_ms: 60000, finish_ms: 60000 },
  moveStock: { qty_e3: 1000, reason: "盘点" }, declineOffer: { reason: "忙" }, actOnRepair: { note: "x", technician_id: "1" },
  changeFeeItem: { code: "x", name: "x", kind: "fixed" }, setFeePrice: { from_day: 20270101, price_e4: 1 }, assignFeeToRooms: { from_day: 20270101 },
  endFeeOfRoom: { room_id: "1", last_day: 20270101 }, readMeter: { day: 20261120, reading_e3: 5 }, voidBill: { reason: "x" }, voidPayment: { reason: "x" },
  editBillLine: { amount_fen: 1, reason: "x" }, correctReading: { reading_e3: 1, reason: "x" }, swapMeter: { day: 20261120, final_e3: 9, serial: "Z-9" }, openDispute: { reason: "x" },
  closeDispute: { outcome: "x" }, setPayer: { from_day: 20270101, name: "x" }, leaseParkingSpace: { space_id: "1", room_id: "1", from_day: 20270101 }, endParkingLease: { space_id: "1", last_day: 20270101 },
  closeFinanceAlarm: { reason: "x" }, requestRefund: { amount_fen: 1, reason: "x" }, rejectRefund: { reason: "x" }, closeReconItem: { reason: "x" }, actOnFeeRequest: { note: "x" },
  confirmCashShift: { counted_fen: 0 }, actOnInvoice: { number: "1", red_number: "1", reason: "x" },
  actOnComplaint: { note: "x", category: "fee", department_id: "1", stars: 5, type_id: "1" }, actOnNotice: { note: "x" }, discardMessage: { reason: "x" },
  addFacilityFile: { file_id: "1", kind: "photo" }, setFacilityState: { state: "idle" }, setFacilityDown: { reason: "x" }, setFacilityUp: { reason: "x" }, readFacility: { value_e3: 1 },
  addFacilityCost: { kind: "other", amount_fen: 1, day: 20261101 }, changeFacility: { code: "X", name: "x", category: "lift" }, changeFacilitySupplier: { name: "改名供应商" }, acceptFacilityReport: { type_id: "1" },
  rejectFacilityReport: { note: "x" }, changeMaintPlan: { name: "x", kind: "minor", anchor_day: 20270101, skill: "lift" }, changePatrolRoute: { name: "x", points: [{ name: "x", at_min: 0, window_min: 1 }] },
  checkPatrolPoint: { token: "x" }, actOnMaintTask: { note: "x", account_id: "1" }, actOnMaintPlan: { reason: "x" },
  createNotice: { title: "x", text: "x", kind: "common", audience: "project", roles: ["owner"] },
  changeNotice: { title: "x", text: "x", kind: "common", audience: "project", roles: ["owner"] },
  applyImport: {}, actOnHandover: { note: "x", day: 20300101 }, approveLeave: {}, refuseLeave: { note: "x" }, changeDepartment: { name: "改名" }, setDepartmentMembers: { members: [] }, changePosition: { name: "改名", roles: ["cashier"] },
  giveStaffPositions: { positions: [] }, changeWebhook: { url: "https://hook.example.cn/", events: ["repair.status"], enabled: false }, createAccountKey: { name: "x", days: 1 },
  createStaff: { login: "staff-x", name: "x", password: "Start-1234-x", grants: [{ role: "cashier" }] },
  createServiceAccount: { login: "service-x", name: "x", grants: [{ role: "auditor" }] } };
/* What a path's {id} is of: the first part that is in it. */
const KINDS = { handovers: "handover_id", webhooks: "webhook_id", "webhook-deliveries": "webhook_delivery_id", "service-accounts": "service_account_id", imports: "import_id", departments: "department_id", positions: "position_id", leave: "leave_id", roster: "roster_slot_id", offers: "offer_id", facilities: "facility_id", "facility-suppliers": "supplier_id", "facility-reports": "facility_report_id", "maint-plans": "maint_plan_id", "maint-tasks": "maint_task_id",
  "patrol-routes": "patrol_route_id", "patrol-points": "patrol_point_id", owners: "party_id", "owner-rooms": "party_room_id", units: "unit_id", "parking-spaces": "parking_id", transfers: "transfer_id", "owner-filters": "owner_filter_id", repairs: "repair_id", rooms: "room_id", bindings: "binding_id", staff: "staff_id", technicians: "technician_id", projects: "project_id",
  "fault-types": "type_id", materials: "material_id", files: "file_id", sessions: "session_id", "fee-items": "fee_item_id", meters: "meter_id", "bill-runs": "bill_run_id",
  bills: "bill_id", payments: "payment_id", buildings: "building_id", "cash-shifts": "cash_shift_id", exports: "export_id", invoices: "invoice_id", charges: "charge_id",
  shares: "share_id", "fee-requests": "fee_request_id", discounts: "discount_id", "pay-orders": "pay_order_id", "code-orders": "pay_order_id", merchants: "merchant_id",
  alarms: "finance_alarm_id", refunds: "refund_id", runs: "recon_run_id", items: "recon_item_id",
  complaints: "complaint_id", notices: "notice_id", notifications: "notification_id", "message-blocks": "block_id", messages: "message_id" };
export const kind_of = (path) => KINDS[Object.keys(KINDS).find((k) => path.includes(`/${k}/{id}`)) ?? Object.keys(KINDS).find((k) => path.includes(`/${k}/`))];

const tomorrow = () => Number(new Date(Date.now() + 30 * 86400e3).toISOString().slice(0, 10).replaceAll("-", ""));

/* Of the seed's place TAG what only a running server makes; ids: what the seed printed. Answers all ids. */
export async function complete(w, tag, ids) {
  const who = (role) => w.client(`${tag}_${role}`), admin = who("admin"), manager = who("manager"), owner = who("owner"), tech = who("technician");
  const make = (c, path, body) => c.want(201, "POST", `/api/v1/${path}`, body), key = `${tag}-${Math.random()}`;
  const o = { ...ids, staff_id: w.who[`${tag}_auditor`].account_id, session_id: w.who[`${tag}_owner.spare`].session_id };
  o.file_id = (await upload(owner)).body.id;
  o.complaint_id = (await make(owner, "complaints", { kind: "complaint", category: "service", title: "别处", text: "别处的投诉", room_id: ids.room_id })).id;
  o.notice_id = (await make(manager, "notices", { title: "别处", text: "别处的公告", kind: "common", audience: "rooms", targets: [ids.room_id], roles: ["owner", "family", "tenant"] })).id;
  o.handover_id = (await make(manager, "handovers", { rooms: [ids.room_id], day: tomorrow() })).items[0].id;
  o.service_account_id = (await make(admin, "service-accounts", { login: `service-${tag}`, name: "别处的对接", grants: [{ role: "auditor" }] })).id;
  o.department_id = (await make(admin, "departments", { name: `别处部${tag}` })).id;
  o.position_id = (await make(admin, "positions", { name: `别处岗${tag}`, roles: ["cashier"] })).id;
  o.leave_id = (await make(tech, "leave", { from: "2035-01-01T08:00:00+08:00", to: "2035-01-02T08:00:00+08:00", note: "别处的事" })).id;
  const shift = tomorrow();
  await manager.want(204, "PUT", "/api/v1/roster", { slots: [{ account_id: ids.technician_id, day: shift, from_min: 480, to_min: 1020 }] });
  o.roster_slot_id = (await manager.want(200, "GET", `/api/v1/roster?from=${shift}&to=${shift}`)).items.find((x) => x.kind === "work").id;
  o.block_id = (await make(admin, "message-blocks", { to: `139111122${String(tag.charCodeAt(0)).padStart(3, "0").slice(1)}`, reason: "别处的" })).id;
  const sheet = xlsx([["房屋", "户型", "建筑面积", "姓名*", "手机号", "电子邮箱", "证件号", "身份", "份额", "起始日期", "到期日期", "缴费人", "备注"], [`8${tag.charCodeAt(0)}栋1单元101`, "一室", "50", "别处", "", "", "", "业主", "", "2026-01-01", "", "是", key]]);
  o.import_id = (await manager.call("POST", "/api/v1/imports?kind=owners", sheet, { type: "application/octet-stream" })).body.id;
  await tech.must(ids.repair_id, "grab");
  const next = await make(who("customer_service"), "repairs", { type_id: ids.type_id, room_id: ids.room_id, description: "别处的另一件", contact_phone: "13700000000" });
  await who("dispatcher").must(next.repair.id, "assign", { technician_id: ids.technician_id });
  o.offer_id = (await tech.offers()).find((x) => x.repair.id === next.repair.id).offer_id;
  await manager.want(200, "POST", `/api/v1/notices/${o.notice_id}/publish`, {});
  await make(manager, `rooms/${ids.room_id}/code`, {});
  const first = (c, path) => until(async () => (await c.want(200, "GET", `/api/v1/${path}`)).items[0]?.id, 10000, path);
  o.notification_id = await first(owner, "notifications");
  o.message_id = await first(admin, "messages");
  return o;
}
