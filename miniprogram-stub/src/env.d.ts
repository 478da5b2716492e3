/// <reference types="vite/client" />
declare module '*.vue' {
  import { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, any>
  export default component
}
/** The server's address, for the mini-programs */
declare const __API__: string
/** Company code, when one server keeps several companies */
declare const __COMPANY__: string
