/**
 * uni-app's H5 components wrap the real input, textarea and img. A reader of screens needs the name on the inner one: the
 * aria-label that stands on the wrapper is handed down, and pictures without one are marked as decoration.
 */
const WRAPS: Record<string, string> = { 'UNI-INPUT': 'input', 'UNI-TEXTAREA': 'textarea', 'UNI-SWITCH': 'input', 'UNI-IMAGE': 'img', 'UNI-CHECKBOX': 'input', 'UNI-RADIO': 'input' }

function hand(el: Element) {
  const inner = WRAPS[el.tagName] && el.querySelector(WRAPS[el.tagName]!)
  if (!inner) return
  const label = el.getAttribute('aria-label') ?? ''
  const to = inner.tagName === 'IMG' ? 'alt' : 'aria-label'
  if (inner.getAttribute(to) !== label) inner.setAttribute(to, label)
}
const SELECTOR = Object.keys(WRAPS).join(',').toLowerCase()

export function watchLabels() {
  const look = (n: Node) => {
    if (!(n instanceof Element)) return
    const wrap = n.closest(SELECTOR)
    if (wrap) hand(wrap)
    n.querySelectorAll(SELECTOR).forEach(hand)
  }
  new MutationObserver((all) => {
    for (const m of all) {
      if (m.type === 'attributes') hand(m.target as Element)
      m.addedNodes.forEach(look)
    }
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label'] })
}
