import type { Op } from '@/api/gen'
import type { Text } from '@/lib/i18n'

/* Every page: where it is, what it is called, which operation of the contract one must be allowed to call to see it.
 * The menu, the guard and the tests read this table. group: its place in the menu; none: reached from another page. */
export interface PageRow {
  path: string
  name: string
  title: Text
  op: Op
  group?: 'now' | 'estate' | 'money' | 'works' | 'service' | 'people' | 'system'
  bare?: boolean
  view: () => Promise<unknown>
}

export const pages: PageRow[] = [
  { path: '/', name: 'dashboard', title: 'nav.dashboard', op: 'getBoard', group: 'now', view: () => import('@/views/dashboard/DashboardPage.vue') },
  { path: '/screen', name: 'screen', title: 'nav.screen', op: 'getBoard', bare: true, view: () => import('@/views/dashboard/ScreenPage.vue') },
  { path: '/board', name: 'board', title: 'nav.board', op: 'countRepairs', group: 'now', view: () => import('@/views/board/BoardPage.vue') },
  { path: '/rooms', name: 'rooms', title: 'nav.rooms', op: 'getBuildingGrid', group: 'estate', view: () => import('@/views/estate/RoomsPage.vue') },
  { path: '/owners', name: 'owners', title: 'nav.owners', op: 'listOwners', group: 'estate', view: () => import('@/views/owners/OwnersPage.vue') },
  { path: '/owners/:id', name: 'owner', title: 'nav.owners', op: 'getOwner', view: () => import('@/views/owners/OwnerPage.vue') },
  { path: '/imports', name: 'imports', title: 'nav.imports', op: 'listImports', group: 'estate', view: () => import('@/views/imports/ImportsPage.vue') },
  { path: '/imports/:id', name: 'import', title: 'nav.imports', op: 'getImport', view: () => import('@/views/imports/ImportPage.vue') },
  { path: '/transfers', name: 'transfers', title: 'nav.transfers', op: 'listPlannedTransfers', group: 'estate', view: () => import('@/views/estate/TransfersPage.vue') },
  { path: '/handovers', name: 'handovers', title: 'nav.handovers', op: 'listHandovers', group: 'estate', view: () => import('@/views/handover/HandoversPage.vue') },
  { path: '/bindings', name: 'bindings', title: 'nav.bindings', op: 'listWaitingBindings', group: 'estate', view: () => import('@/views/estate/BindingsPage.vue') },
  { path: '/parking', name: 'parking', title: 'nav.parking', op: 'listParkingSpaces', group: 'estate', view: () => import('@/views/parking/ParkingPage.vue') },
  { path: '/counter', name: 'counter', title: 'nav.counter', op: 'takePayment', group: 'money', view: () => import('@/views/counter/CounterPage.vue') },
  { path: '/shifts', name: 'shifts', title: 'nav.shifts', op: 'listCashShifts', group: 'money', view: () => import('@/views/counter/ShiftsPage.vue') },
  { path: '/payments', name: 'payments', title: 'nav.payments', op: 'listPayments', group: 'money', view: () => import('@/views/counter/PaymentsPage.vue') },
  { path: '/pay-orders', name: 'pay-orders', title: 'nav.pay_orders', op: 'listPayments', group: 'money', view: () => import('@/views/online/OrdersPage.vue') },
  { path: '/invoices', name: 'invoices', title: 'nav.invoices', op: 'listInvoices', group: 'money', view: () => import('@/views/online/InvoicesPage.vue') },
  { path: '/fee-items', name: 'fee-items', title: 'nav.fee_items', op: 'listFeeItems', group: 'money', view: () => import('@/views/fees/FeeItemsPage.vue') },
  { path: '/meters', name: 'meters', title: 'nav.meters', op: 'listMeters', group: 'money', view: () => import('@/views/meters/MetersPage.vue') },
  { path: '/readings', name: 'readings', title: 'nav.readings', op: 'listMissingReadings', group: 'money', view: () => import('@/views/meters/ReadingsPage.vue') },
  { path: '/charges', name: 'charges', title: 'nav.charges', op: 'listCharges', group: 'money', view: () => import('@/views/charges/ChargesPage.vue') },
  { path: '/shares', name: 'shares', title: 'nav.shares', op: 'listShares', group: 'money', view: () => import('@/views/charges/SharesPage.vue') },
  { path: '/discounts', name: 'discounts', title: 'nav.discounts', op: 'listDiscounts', group: 'money', view: () => import('@/views/charges/DiscountsPage.vue') },
  { path: '/bill-runs', name: 'bill-runs', title: 'nav.bill_runs', op: 'listBillRuns', group: 'money', view: () => import('@/views/fees/BillRunsPage.vue') },
  { path: '/bill-runs/:id', name: 'bill-run', title: 'nav.bill_runs', op: 'getBillRun', view: () => import('@/views/fees/BillRunPage.vue') },
  { path: '/bills', name: 'bills', title: 'nav.bills', op: 'listBillRuns', group: 'money', view: () => import('@/views/fees/BillsPage.vue') },
  { path: '/requests', name: 'requests', title: 'nav.requests', op: 'listFeeRequests', group: 'money', view: () => import('@/views/fees/RequestsPage.vue') },
  { path: '/refunds', name: 'refunds', title: 'nav.refunds', op: 'listRefunds', group: 'money', view: () => import('@/views/counter/RefundsPage.vue') },
  { path: '/recon', name: 'recon', title: 'nav.recon', op: 'listFinanceAlarms', group: 'money', view: () => import('@/views/counter/ReconPage.vue') },
  { path: '/ledger', name: 'ledger', title: 'nav.ledger', op: 'getTrialBalance', group: 'money', view: () => import('@/views/books/LedgerPage.vue') },
  { path: '/ledger/:account', name: 'account', title: 'nav.ledger', op: 'getAccountLedger', view: () => import('@/views/books/AccountPage.vue') },
  { path: '/merchants', name: 'merchants', title: 'nav.merchants', op: 'listMerchants', group: 'money', view: () => import('@/views/books/MerchantsPage.vue') },
  { path: '/bill-setting', name: 'bill-setting', title: 'nav.bill_setting', op: 'getBillingSetting', group: 'money', view: () => import('@/views/books/BillSettingPage.vue') },
  { path: '/facilities', name: 'facilities', title: 'nav.facilities', op: 'listFacilities', group: 'works', view: () => import('@/views/facilities/FacilitiesPage.vue') },
  { path: '/facilities/:id', name: 'facility', title: 'nav.facilities', op: 'getFacility', view: () => import('@/views/facilities/FacilityPage.vue') },
  { path: '/facility-reports', name: 'facility-reports', title: 'nav.facility_reports', op: 'listFacilityReports', group: 'works', view: () => import('@/views/facilities/ReportsQueuePage.vue') },
  { path: '/plans', name: 'plans', title: 'nav.plans', op: 'listMaintPlans', group: 'works', view: () => import('@/views/maint/PlansPage.vue') },
  { path: '/tasks', name: 'tasks', title: 'nav.tasks', op: 'listMaintTasks', group: 'works', view: () => import('@/views/maint/TasksPage.vue') },
  { path: '/maint-calendar', name: 'maint-calendar', title: 'nav.maint_calendar', op: 'maintCalendar', group: 'works', view: () => import('@/views/maint/CalendarPage.vue') },
  { path: '/patrol-routes', name: 'patrol-routes', title: 'nav.patrol_routes', op: 'getPatrolRoute', group: 'works', view: () => import('@/views/maint/PatrolRoutesPage.vue') },
  { path: '/reliability', name: 'reliability', title: 'nav.reliability', op: 'facilityReliability', group: 'works', view: () => import('@/views/facilities/ReliabilityPage.vue') },
  { path: '/complaints', name: 'complaints', title: 'nav.complaints', op: 'countComplaints', group: 'service', view: () => import('@/views/service/ComplaintsPage.vue') },
  { path: '/notices', name: 'notices', title: 'nav.notices', op: 'listManagedNotices', group: 'service', view: () => import('@/views/service/NoticesPage.vue') },
  { path: '/reports', name: 'reports', title: 'nav.reports', op: 'startExport', group: 'service', view: () => import('@/views/reports/ReportsPage.vue') },
  { path: '/exports', name: 'exports', title: 'nav.exports', op: 'listExports', group: 'service', view: () => import('@/views/reports/ExportsPage.vue') },
  { path: '/staff', name: 'staff', title: 'nav.staff', op: 'listStaff', group: 'people', view: () => import('@/views/people/StaffPage.vue') },
  { path: '/technicians', name: 'technicians', title: 'nav.technicians', op: 'saveTechnician', group: 'people', view: () => import('@/views/people/TechniciansPage.vue') },
  { path: '/positions', name: 'positions', title: 'nav.positions', op: 'listPositions', group: 'people', view: () => import('@/views/people/PositionsPage.vue') },
  { path: '/departments', name: 'departments', title: 'nav.departments', op: 'listDepartments', group: 'people', view: () => import('@/views/people/DepartmentsPage.vue') },
  { path: '/roster', name: 'roster', title: 'nav.roster', op: 'listRoster', group: 'people', view: () => import('@/views/people/RosterPage.vue') },
  { path: '/calendar', name: 'calendar', title: 'nav.calendar', op: 'listCalendar', group: 'people', view: () => import('@/views/people/CalendarPage.vue') },
  { path: '/messages', name: 'messages', title: 'nav.messages', op: 'listMessages', group: 'system', view: () => import('@/views/system/MessagesPage.vue') },
  { path: '/templates', name: 'templates', title: 'nav.templates', op: 'listMessageTemplates', group: 'system', view: () => import('@/views/system/TemplatesPage.vue') },
  { path: '/audit', name: 'audit', title: 'nav.audit', op: 'listAudit', group: 'system', view: () => import('@/views/system/AuditPage.vue') },
  { path: '/settings', name: 'settings', title: 'nav.settings', op: 'createFaultType', group: 'system', view: () => import('@/views/system/SettingsPage.vue') },
  { path: '/programs', name: 'programs', title: 'nav.programs', op: 'createServiceAccount', group: 'system', view: () => import('@/views/system/ProgramsPage.vue') },
  { path: '/webhooks', name: 'webhooks', title: 'nav.webhooks', op: 'listWebhooks', group: 'system', view: () => import('@/views/system/WebhooksPage.vue') },
  { path: '/health', name: 'health', title: 'nav.health', op: 'listAudit', group: 'system', view: () => import('@/views/system/HealthPage.vue') },
  { path: '/inbox', name: 'inbox', title: 'nav.inbox', op: 'listNotifications', view: () => import('@/views/system/InboxPage.vue') },
  { path: '/me', name: 'me', title: 'nav.me', op: 'getSession', view: () => import('@/views/system/MePage.vue') },
]
export const groups = ['now', 'estate', 'money', 'works', 'service', 'people', 'system'] as const
