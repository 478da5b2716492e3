import 'vue-router'
import type { Op } from '@/api/gen'
import type { Text } from '@/lib/i18n'

declare module 'vue-router' {
  interface RouteMeta {
    op?: Op
    title?: Text
    open?: boolean
  }
}
declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent
  export default component
}
