const notice = document.getElementById("components-reconnect-modal");
document.getElementById("components-reconnect-button").addEventListener("click", reconnect);
document.getElementById("components-resume-button").addEventListener("click", resume);
notice.addEventListener("components-reconnect-state-changed", event => {
    const { state } = event.detail;
    document.documentElement.toggleAttribute("data-offline", state !== "hide");
    if (state === "failed") {
        document.addEventListener("visibilitychange", reconnectWhenVisible);
    } else if (state === "rejected") {
        // The server no longer knows this page. Everything that was chosen is in the address.
        location.reload();
    }
});

async function reconnect() {
    document.removeEventListener("visibilitychange", reconnectWhenVisible);
    try {
        if (!await Blazor.reconnect() && !await Blazor.resumeCircuit()) {
            location.reload();
        }
    } catch {
        document.addEventListener("visibilitychange", reconnectWhenVisible);
    }
}

async function resume() {
    try {
        if (!await Blazor.resumeCircuit()) {
            location.reload();
        }
    } catch {
        notice.classList.replace("components-reconnect-paused", "components-reconnect-resume-failed");
    }
}

function reconnectWhenVisible() {
    if (document.visibilityState === "visible") {
        reconnect();
    }
}
