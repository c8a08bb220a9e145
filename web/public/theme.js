// Sets light or dark before the first paint. The choice lives in localStorage under "launchpad-theme" ("light", "dark"
// or nothing for the system's); the account menu writes it and fires "storage", which other tabs get by themselves.
(() => {
  const systemDark = matchMedia("(prefers-color-scheme: dark)");

  function readChoice() {
    try {
      return localStorage.getItem("launchpad-theme");
    } catch {
      return null; // The browser refuses storage; the system decides.
    }
  }

  function apply() {
    const choice = readChoice();
    const isDark = choice === "dark" || (choice !== "light" && systemDark.matches);
    document.documentElement.dataset.mode = isDark ? "dark" : "light";
  }

  apply();
  systemDark.addEventListener("change", apply);
  addEventListener("storage", apply);
})();
