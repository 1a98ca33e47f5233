/* For those who use no mouse: what scrolls sideways can be reached by Tab; for screen readers, captions have a level. */
const mend = () => {
  for (const each of document.querySelectorAll("pre, .table-wrapper")) {
    each.scrollWidth > each.clientWidth ? (each.tabIndex = 0) : each.removeAttribute("tabindex");
  }
  for (const each of document.querySelectorAll(".caption[role=heading]")) each.setAttribute("aria-level", "2");
};
addEventListener("DOMContentLoaded", mend);
addEventListener("load", mend);
addEventListener("resize", mend);
