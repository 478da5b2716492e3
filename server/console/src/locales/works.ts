export const works = {
  fac: {
    add: ['新增设备', 'New facility'], up: ['运行', 'Working'], down: ['停机', 'Down'], reading: ['读数', 'Reading'], act_state: ['改变状态', 'Change state'], act_down: ['登记停机', 'Register down'], act_up: ['恢复运行', 'Working again'], act_reading: ['抄录读数', 'Enter a reading'], act_cost: ['登记费用', 'Enter a cost'], code: ['设备二维码', 'QR code'], costs: ['累计费用', 'Costs so far'], repair_fen: ['维修', 'Repairs'], parts_fen: ['配件', 'Parts'], maintenance_fen: ['维保', 'Maintenance'], other_fen: ['其他', 'Other'], total_fen: ['合计', 'Total'], downtime: ['停机时长', 'Downtime'], downtimes: ['停机记录', 'Downtimes'], reports_note: ['扫设备二维码报来的故障', 'Faults reported by a facility\'s code'], accept: ['受理', 'Accept'],
  },
  maint: {
    every: ['每 {n} {unit}', 'every {n} {unit}'], every_n: ['每隔', 'Every'], unit: ['单位', 'Unit'], workdays: ['顺延到工作日', 'Move to workdays'], scan: ['须扫码开始', 'Start by scanning'], checks_help: ['每行一项', 'One a line'], plans_note: ['按计划自动生成任务', 'Tasks come from plans by themselves'], own: ['自定义计划', 'Own plan'], from_template: ['按模板建计划', 'From a template'], min: ['下限', 'Min'], max: ['上限', 'Max'], gaps: ['未生成的周期', 'Gaps'], failed: ['不合格项', 'Failed'], token: ['二维码内容', 'Text of the code'], good: ['合格', 'Good'], bad: ['不合格', 'Bad'], points: ['巡检点', 'Points'], day_tasks: ['{n} 项,余 {open}', '{n}, {open} open'], load: ['当日工作量', 'Work of the day'],
  },
  week: { mon: ['一', 'Mon'], tue: ['二', 'Tue'], wed: ['三', 'Wed'], thu: ['四', 'Thu'], fri: ['五', 'Fri'], sat: ['六', 'Sat'], sun: ['日', 'Sun'], before: ['上个月', 'Month before'], after: ['下个月', 'Next month'], today: ['今天', 'Today'] },
} as const
